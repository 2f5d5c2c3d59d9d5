import * as assert from 'uvu/assert';
import {
  askedPermissions,
  renderEndpoints,
  renderServed,
} from '../../../src/commands/curl/endpoint-table.ts';
import { paintNothing } from '../../../src/text/color.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

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

suite('the table of the endpoints of one node', (test) => {
  const served = (minor: number, allowed: Readonly<Record<string, boolean | undefined>> = {}) => {
    const lines = renderServed(
      minor,
      ({ verb, subresource }) => allowed[`${verb} ${subresource}`],
      paintNothing,
    ).split('\n');
    return (path: string) =>
      lines.map((line) => line.split(/ {3,}/)).find((cells) => cells[1] === path);
  };

  test('has what its version serves, by the permissions of its version', () => {
    assert.is(served(31)('/statusz'), undefined);
    assert.is(served(31)('/configz')?.[3], 'nodes/proxy');
    assert.is(served(36)('/statusz')?.[3], 'nodes/statusz');
    assert.is(served(36)('/configz')?.[3], 'nodes/configz or nodes/proxy');
  });

  for (const [allowed, path, cell] of [
    [{ 'get metrics': true }, '/metrics', 'yes'],
    [{ 'get metrics': false }, '/metrics', 'no'],
    [{}, '/metrics', 'unknown'],
    [{ 'get configz': false, 'get proxy': true }, '/configz', 'yes'],
    [{ 'get configz': false, 'get proxy': false }, '/configz', 'no'],
    [{ 'get configz': false }, '/configz', 'unknown'],
    [{ 'get configz': true }, '/configz', 'yes'],
    [{ 'get stats': true, 'create stats': false }, '/stats/summary', 'only get'],
    [{ 'get stats': true, 'create stats': true }, '/stats/summary', 'yes'],
    [{ 'update proxy': true }, '/debug/flags/v', 'yes'],
  ] as const)
    test(`says ${cell} to ${path} with ${JSON.stringify(allowed)}`, () =>
      assert.is(served(37, allowed)(path)?.[4], cell));

  test('asks for each permission once', () => {
    const asked = askedPermissions(31).map(({ verb, subresource }) => `${verb} ${subresource}`);
    assert.equal(asked.sort(), [
      ...['create checkpoint', 'create proxy', 'create stats', 'get log', 'get metrics'],
      ...['get proxy', 'get stats', 'update proxy'],
    ]);
  });

  const columns = (stdout: string, path: string) =>
    stdout
      .split('\n')
      .map((line) => line.split(/ {3,}/))
      .find((cells) => cells[1] === path)?.[4];

  test('says what the caller may do, for a node or the node of a pod', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        {
          apiGroups: [''],
          resources: ['nodes/metrics'],
          verbs: ['get'],
          resourceNames: ['node-1'],
        },
      ]);
      const allowed = async (args: readonly string[]) => {
        const { code, stdout, stderr } = await tool(['curl', ...args], 'dev');
        assert.equal([code, stderr], [0, '']);
        return ['/metrics', '/pods'].map((path) => columns(stdout, path));
      };
      assert.equal(await allowed(['--node', 'node-1']), ['yes', 'no']);
      assert.equal(await allowed(['--node', 'node-2']), ['no', 'no']);
      assert.equal(await allowed(['--pod', 'default/web']), ['yes', 'no']);
      assert.equal(
        sandbox.kubelets.flatMap(({ requests }) => requests),
        [],
      );
    }));

  test('says through the API server whether the node proxy is allowed', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }]);
      const args = ['curl', '--node', 'node-1', '--via', 'apiserver'];
      const { code, stdout, stderr } = await tool(args, 'dev');
      assert.is(code, 0);
      assert.equal(
        ['/metrics', '/run/{namespace}/{pod}/{container}', '/stats/summary'].map((path) =>
          columns(stdout, path),
        ),
        ['yes', 'no', 'only get'],
      );
      assert.match(
        stderr,
        /^note: the version of node-1 is unknown; [^\n]+\nnote: ALLOWED is for nodes\/proxy/,
      );
    }));

  test('is for one node that there is', () =>
    withSandbox(async (_, tool) => {
      for (const given of [
        ['--parallel', 'x'],
        ['-o', 'json'],
        ['-X', 'POST'],
        ['--tail', '5'],
      ]) {
        const { code, stdout, stderr } = await tool(['curl', ...given]);
        assert.equal([code, stdout], [2, ''], given.join(' '));
        assert.match(stderr, /^error: missing PATH: --[a-z]+ needs one\n/);
      }
      const several = await tool(['curl', '--all']);
      assert.is(several.code, 2);
      assert.match(several.stderr, /^error: missing PATH: only the endpoints of one node can be/);
      const gone = await tool(['curl', '--node', 'nope']);
      assert.is(gone.code, 1);
      assert.match(gone.stderr, /^Error from server \(NotFound\): nodes "nope" not found\n/);
      const alone = await tool(['curl', '--address', '127.0.0.1:1']);
      assert.match(alone.stdout, /^METHOD .* BEFORE 1\.33 /);
    }));

  test('does not know what another credential is allowed', () =>
    withSandbox(async (_, tool) => {
      const { stdout, stderr } = await tool([
        'curl',
        '--node',
        'node-1',
        '--kubelet-token-file',
        '/x',
      ]);
      assert.is(columns(stdout, '/metrics'), 'unknown');
      assert.match(stderr, /^note: what the credential of --kubelet flags is allowed is unknown/);
    }));
});
