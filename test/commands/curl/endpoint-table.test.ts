import * as assert from 'uvu/assert';
import { renderEndpoints } from '../../../src/commands/curl/endpoint-table.ts';
import { suite } from '../../kit/suite.ts';

const rows = renderEndpoints()
  .split('\n')
  .map((line) => line.split(/ {3,}/));
const row = (path: string) => rows.find((cells) => cells[1] === path);

suite('the table of endpoints', (test) => {
  test('tells what each path needs, now and before 1.33', () => {
    assert.equal(rows[0], ['METHOD', 'PATH', 'SHORTNAME', 'NEEDS', 'BEFORE 1.33', 'RETURNS']);
    assert.equal(row('/stats/summary')?.slice(0, 5), [
      'GET,POST',
      '/stats/summary',
      'summary',
      'nodes/stats',
      'nodes/stats',
    ]);
    assert.equal(row('/configz')?.slice(0, 5), [
      'any',
      '/configz',
      'configz',
      'nodes/configz or nodes/proxy',
      'nodes/proxy',
    ]);
  });

  test('lists the health checks one by one', () =>
    assert.equal(row('/healthz/{check}'), [
      'any',
      '/healthz/{check}',
      '<none>',
      'nodes/healthz or nodes/proxy',
      'nodes/proxy',
      'one health check: ping, log or syncloop',
    ]));

  test('says since when a newer path is served', () =>
    assert.equal(row('/statusz')?.slice(3, 5), ['nodes/statusz', 'since 1.36']));

  test('gives no short name where the path has parts to fill in', () =>
    assert.equal(row('/run/{namespace}/{pod}/{container}')?.slice(0, 3), [
      'POST',
      '/run/{namespace}/{pod}/{container}',
      '<none>',
    ]));
});
