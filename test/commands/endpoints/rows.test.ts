import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import {
  askedPermissions,
  endpointsView,
  listEndpoints,
  listServed,
  servedView,
} from '../../../src/commands/endpoints/rows.ts';
import { rowOf } from '../../../src/commands/shared/rows/fields.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const row = (path: string) => {
  const listed = listEndpoints().find(({ endpoint }) => endpoint.path === path);
  return listed && rowOf(endpointsView, listed);
};

suite('rows of endpoints', (test) => {
  test('show the permission of each path, now and before 1.33', () => {
    assert.equal(row('/stats/summary'), {
      path: '/stats/summary',
      shortName: 'summary',
      methods: 'GET,POST',
      requirement: 'nodes/stats',
      olderKubelets: 'nodes/stats',
      content: 'CPU, memory, file systems and network of node and pods, JSON',
    });
    const { methods, requirement: needs, olderKubelets: before } = row('/configz') ?? {};
    assert.equal([methods, needs, before], ['any', 'nodes/configz or nodes/proxy', 'nodes/proxy']);
  });

  test('list the health checks one by one', () =>
    assert.is(row('/healthz/{check}')?.['content'], 'one health check: ping, log or syncloop'));

  test('show the first version that serves a newer path', () =>
    assert.is(row('/statusz')?.['olderKubelets'], 'since 1.36'));

  test('have no short name if the path has placeholders', () =>
    assert.is(row('/run/{ns}/{pod}/{container}')?.['shortName'], undefined));
});

suite('rows of the endpoints of one node', (test) => {
  const served = (minor: number, allowed: Readonly<Record<string, boolean | undefined>> = {}) => {
    const all = listServed(minor, ({ verb, subresource }) => allowed[`${verb} ${subresource}`]);
    const rows = all.map((each) => rowOf(servedView, each));
    return (path: string) => rows.find((each) => each['path'] === path);
  };

  test('have the paths and permissions of its version', () => {
    assert.is(served(31)('/statusz'), undefined);
    assert.is(served(31)('/configz')?.['requirement'], 'nodes/proxy');
    assert.is(served(36)('/statusz')?.['requirement'], 'nodes/statusz');
    assert.is(served(36)('/configz')?.['requirement'], 'nodes/configz or nodes/proxy');
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
    test(`show ${cell} for ${path} with ${JSON.stringify(allowed)}`, () =>
      assert.is(served(37, allowed)(path)?.['allowed'], cell));

  test('need one access review for each permission', () => {
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
      .find((cells) => cells[0] === path)?.[2];

  test('show the permissions of the caller without a request to the kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      const ofNode1 = rule('nodes/metrics', 'get', { resourceNames: ['node-1'] });
      allow(sandbox, 'dev', [rule('nodes'), ofNode1]);
      const allowed = async (args: string) => {
        const { code, stdout, stderr } = await tool(`endpoints ${args}`, 'dev');
        assert.equal([code, stderr], [0, '']);
        return ['/metrics', '/pods'].map((path) => columns(stdout, path));
      };
      for (const args of ['node-1', 'node/node-1', '--node node-1', '--node node/node-1'])
        assert.equal(await allowed(args), ['yes', 'no'], args);
      assert.equal(await allowed('node-2'), ['no', 'no']);
      assert.equal(
        sandbox.kubelets.flatMap(({ requests }) => requests),
        [],
      );
      const { items, ...list } = JSON.parse((await tool('endpoints node-1 -o json', 'dev')).stdout);
      assert.is(list.server, sandbox.apiServer.url);
      assert.ok(items.length > 20);
    }));

  test('show with --via apiserver whether the node proxy is allowed', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('nodes/proxy')]);
      const args = ['endpoints', 'node-1', '--via', 'apiserver'];
      const { code, stdout, stderr } = await tool(args, 'dev');
      assert.is(code, 0);
      assert.equal(
        ['/metrics', '/run/{ns}/{pod}/{container}', '/stats/summary'].map((path) =>
          columns(stdout, path),
        ),
        ['yes', 'no', 'only get'],
      );
      assert.match(
        stderr,
        /^note: the version of node-1 is unknown; [^\n]+\nnote: ALLOWED is for nodes\/proxy/,
      );
    }));

  test('are an error for a node that does not exist', () =>
    withSandbox(async (_, tool) => {
      const gone = await tool(['endpoints', 'nope']);
      assert.is(gone.code, 1);
      assert.match(gone.stderr, /^Error from server \(NotFound\): nodes "nope" not found\n/);
    }));

  test('are read from a cluster, but the table without NODE needs no cluster', async () => {
    const env = { KUBECONFIG: '/nowhere/kubeconfig' };
    const alone = await runTool(['endpoints'], { env });
    assert.equal([alone.code, alone.stderr], [0, '']);
    assert.match(alone.stdout, /^PATH +SHORTNAME +NEEDS\n\/metrics +metrics +nodes\/metrics\n/);
    const wide = await runTool(['endpoints', 'nodes/log', '-o', 'wide', '--no-headers'], { env });
    assert.is(
      wide.stdout.replaceAll(/ {3,}/g, ' | '),
      '/logs/{path} | logs | nodes/log | nodes/log | GET | files under /var/log (?query= asks a service, if switched on)\n',
    );
    const json = await runTool(['endpoints', '-o', 'json'], { env });
    const schema = join(root, 'docs/schemas/KubeletEndpointList.schema.json');
    assert.equal(schemaErrors(schema, JSON.parse(json.stdout)), []);
    const curl = await runTool(['curl'], { env });
    assert.equal(
      [curl.code, curl.stdout, curl.stderr],
      [2, '', 'error: missing PATH\nhint: kubectl kubeletaccess endpoints\n'],
    );
  });
});
