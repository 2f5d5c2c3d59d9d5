import * as assert from 'uvu/assert';
import { kubeletAttributes } from '../../src/kubelet/authorization.ts';
import { suite } from '../kit/suite.ts';

// Measured on live kubelets: [method, path, verb and subresources that 1.31 checks, verb and subresources that 1.37 checks]
const table: readonly (readonly [string, string, string, string])[] = [
  ['GET', '/healthz', 'get proxy', 'get healthz proxy'],
  ['GET', '/healthz/ping', 'get proxy', 'get healthz proxy'],
  ['GET', '/pods', 'get proxy', 'get pods proxy'],
  ['GET', '/runningpods/', 'get proxy', 'get pods proxy'],
  ['GET', '/configz', 'get proxy', 'get configz proxy'],
  ['GET', '/stats/summary?only_cpu_and_memory=true', 'get stats', 'get stats'],
  ['POST', '/stats/summary', 'create stats', 'create stats'],
  ['GET', '/metrics/cadvisor', 'get metrics', 'get metrics'],
  ['HEAD', '/metrics', ' metrics', ' metrics'],
  ['GET', '/logs/', 'get log', 'get log'],
  ['POST', '/checkpoint/a/b/c', 'create checkpoint', 'create checkpoint'],
  ['GET', '/statusz', 'get proxy', 'get statusz'],
  ['GET', '/flagz', 'get proxy', 'get configz'],
  ['GET', '/containerLogs/a/b/c', 'get proxy', 'get proxy'],
  ['PUT', '/debug/flags/v', 'update proxy', 'update proxy'],
  ['GET', '/debug/pprof/heap', 'get proxy', 'get proxy'],
  ['GET', '/metricsx', 'get proxy', 'get proxy'],
];

suite('kubelet authorization', (test) => {
  for (const [method, path, old, recent] of table)
    for (const [minor, expected] of [
      [31, old],
      [37, recent],
    ] as const)
      test(`1.${minor} checks ${expected} for ${method} ${path}`, () => {
        const { verb, subresources } = kubeletAttributes(method, path, minor);
        assert.is([verb, ...subresources].join(' '), expected);
      });

  test('falls back to proxy for statusz from 1.33 to 1.35', () => {
    assert.equal(kubeletAttributes('GET', '/statusz', 34).subresources, ['statusz', 'proxy']);
    assert.equal(kubeletAttributes('GET', '/flagz', 34).subresources, ['proxy']);
  });

  test('checks finer subresources from 1.33 on', () => {
    for (const path of ['pods', 'healthz', 'configz']) {
      assert.equal(kubeletAttributes('GET', `/${path}`, 32).subresources, ['proxy']);
      assert.equal(kubeletAttributes('GET', `/${path}`, 33).subresources, [path, 'proxy']);
    }
  });
});
