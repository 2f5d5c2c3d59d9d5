import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rule } from '../../kit/rbac.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { withKubelets } from '../shared/rows/kubelets.ts';

const failing = `[+]ping ok
[-]log failed: reason withheld
[+]syncloop ok
healthz check failed
`;

const healthy = { '/healthz?verbose': '[+]ping ok\n[+]log ok\nhealthz check passed\n' };
const unhealthy = {
  '/healthz?verbose': [500, failing],
  '/healthz/log': [500, 'internal server error: no\u001b[31m space\n'],
};
const node = ['--node', 'node-1'];

suite('get healthz', (test) => {
  test('requests ?verbose, and prints a table', () =>
    withKubelets([healthy], async (tool, asked) => {
      for (const type of ['healthz', 'health']) {
        const { code, stdout, stderr } = await tool(['get', type, ...node]);
        assert.equal([code, stderr], [0, '']);
        assert.is(
          stdout,
          `NODE     CHECK   STATUS   REASON
node-1   ping    ok       -
node-1   log     ok       -
`,
        );
      }
      assert.equal(asked(), Array(2).fill('GET /healthz?verbose'));
    }));

  test('prints failed checks with reasons, and exits 1', () =>
    withKubelets([unhealthy], async (tool, asked) => {
      const result = await tool(['get', 'healthz', ...node]);
      assert.is(result.code, 1);
      assert.is(
        result.stdout,
        `NODE     CHECK      STATUS   REASON
node-1   ping       ok       -
node-1   log        failed   no\\x1b[31m space
node-1   syncloop   ok       -
`,
      );
      assert.match(
        result.stderr,
        /^error: the kubelet of node-1 at \S+ fails the health check log\nhint: .*journalctl -u kubelet\n$/,
      );
      assert.equal(asked(), ['GET /healthz?verbose', 'GET /healthz/log']);
    }));

  test('prints the checks of all nodes, and names failed checks in errors', () =>
    withKubelets([unhealthy, healthy], async (tool) => {
      const result = await tool(['get', 'healthz', '-o', 'json']);
      assert.is(result.code, 4);
      assert.match(result.stderr, /^1 of 2 nodes answered, 1 failed; -v=1 says why$/m);
      assert.match(result.stderr, /fails the health check log \(/m);
      const list = JSON.parse(result.stdout);
      assert.equal(schemaErrors('docs/schemas/KubeletHealthCheckList.schema.json', list), []);
      assert.equal(
        list.items.map((row: { check: string; result: string }) => `${row.check} ${row.result}`),
        ['ping ok', 'log failed', 'syncloop ok', 'ping ok', 'log ok'],
      );
      assert.equal(
        list.failed.map(({ node: name }: { node: string }) => name),
        ['node-1'],
      );
      const metrics = (await tool(['get', 'healthz', '-o', 'prometheus'])).stdout;
      assert.match(
        metrics,
        /^kubeletaccess_kubelet_health_check_passes\{node="node-1",check="log"\} 0$/m,
      );
    }));

  test('prints no reason if a kubelet does not return it', () =>
    withKubelets(
      [
        { '/healthz?verbose': [500, failing], '/healthz/log': 'ok' },
        { '/healthz?verbose': [500, '[-]../stats failed: reason withheld\n'] },
      ],
      async (tool, asked) => {
        const { code, stdout } = await tool(['get', 'healthz', '-o', 'csv']);
        assert.is(code, 1);
        assert.is(stdout.match(/reason withheld/g)?.length, 2);
        // The name of a check must not lead to another path.
        assert.not.match(asked().join('\n'), 'stats');
      },
    ));
});

suite('get statusz and flagz', (test) => {
  test('prints rows', () =>
    withSandbox(async (_, tool) => {
      const status = await tool(['get', 'statusz', ...node]);
      assert.is(
        status.stdout,
        `NODE     VERSION   EMULATES   GO         UPTIME   STARTED
node-1   1.37.2    1.37       go1.26.8   2d5h     2026-01-01T00:00:00Z
`,
      );
      for (const [type, list] of [
        ['statusz', 'KubeletStatusList'],
        ['flagz', 'KubeletFlagList'],
      ] as const) {
        const { stdout } = await tool(['get', type, ...node, '-o', 'json']);
        assert.equal(schemaErrors(`docs/schemas/${list}.schema.json`, JSON.parse(stdout)), []);
      }
    }));

  test('requests versioned JSON of /statusz and /flagz', () =>
    withScriptedKubelets(
      [({ url }, response) => response.end(`{"kind":"${url === '/flagz' ? 'Flagz' : 'Statusz'}"}`)],
      async ({ tool, requests }) => {
        for (const type of ['statusz', 'flagz']) assert.is((await tool(`get ${type}`)).code, 0);
        const accepted = requests.map(({ headers }) => headers['accept']).join('\n');
        assert.match(accepted, /as=Statusz;v=v1beta1;.*\n.*as=Flagz;v=v1beta1;/);
      },
    ));

  test('prints a note that flags do not include settings of a file', async () => {
    for (const [config, isTold] of [
      ['/var/lib/kubelet/config.yaml', true],
      ['', false],
    ] as const)
      await withKubelets([{ '/flagz': { kind: 'Flagz', flags: { config } } }], async (tool) => {
        const { stderr } = await tool(['get', 'flags']);
        assert.is(stderr.startsWith('note: flags that are not given show their defaults'), isTold);
      });
  });

  test('name the direct path where kubelets deny kube-apiserver, as they do by default', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [rule('nodes/proxy,nodes/stats,nodes/log,nodes/metrics', '*')]);
      for (const [type, subresource] of [
        ['statusz', 'statusz'],
        ['flagz', 'configz'],
      ] as const) {
        const { code, stdout, stderr } = await tool(['get', type, ...node, '--via', 'apiserver']);
        assert.is(code, 1);
        // The Node object has the version.
        assert.is(/^node-1 +1\.37\.2 +- +- +- +-$/m.test(stdout), type === 'statusz', stdout);
        assert.match(
          stderr,
          `\nhint: kube-apiserver lacks nodes/${subresource} by default; call kubelets directly, with your own permission: --via direct\n`,
        );
        assert.is(stderr.includes('hint: versions alone: kubectl get nodes\n'), type === 'statusz');
      }
    }));

  test('reports a kubelet that does not serve /statusz or /flagz', () =>
    withSandbox({ minor: 31 }, async (_, tool) => {
      for (const type of ['statusz', 'flagz']) {
        checkFailure(
          await tool(['get', type, ...node]),
          `answered GET /${type} with 404: 404 page not found`,
        );
      }
    }));
});
