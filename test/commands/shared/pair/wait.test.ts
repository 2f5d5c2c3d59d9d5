import * as assert from 'uvu/assert';
import { type WaitSettings, waitForNodes } from '../../../../src/commands/shared/pair/wait.ts';
import { Failure, formatDetail, Interrupted } from '../../../../src/errors.ts';
import type { ApiServer } from '../../../../src/kube/api-server/api-server.ts';
import { listNodes } from '../../../../src/kube/api-server/nodes.ts';
import { openViaApiServer } from '../../../../src/kube/kubelet-client/client.ts';
import { defaultLimits, type Limits } from '../../../../src/kube/transport/limits.ts';
import type { HttpResponse } from '../../../../src/kube/transport/transport.ts';
import { permissionTtlMs } from '../../../../src/kubelet/authorization-cache.ts';
import { probesFor } from '../../../../src/kubelet/probes.ts';
import type { Node } from '../../../../src/objects.ts';
import { apiserverRules } from '../../../../src/rbac/profiles.ts';
import { connectDirectly, connectTo } from '../../../kit/connect.ts';
import { rule } from '../../../kit/rbac.ts';
import { suite } from '../../../kit/suite.ts';
import { inVirtualTime } from '../../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../../kit/with-sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';

inVirtualTime();

const healthz = () => [{ method: 'GET', path: '/healthz' }];

/** Runs a test with settings for waitForNodes, which send requests as admin through the API server. `counted` collects the progress. */
async function withWait(
  options: SandboxOptions,
  use: (
    sandbox: Sandbox,
    settings: WaitSettings & { readonly counted: string[] },
    apiServer: ApiServer,
  ) => Promise<void>,
): Promise<void> {
  await withSandbox(options, async (sandbox) => {
    const apiServer = await connectTo(sandbox, 'admin', 'system:masters');
    const counted: string[] = [];
    try {
      const settings = {
        nodes: await listNodes(apiServer),
        requests: healthz,
        want: 'allowed',
        // The time limit is long, so that a test fails if the wait does not end earlier for another reason.
        timeoutMs: 600_000,
        parallel: 16,
        open: (node: Node, limits: Limits) =>
          openViaApiServer(node.metadata?.name ?? '', apiServer, limits),
        signal: new AbortController().signal,
        progress: (done: number, all: number) => counted.push(`${done}/${all}`),
        counted,
      } as const;
      await use(sandbox, settings, apiServer);
    } finally {
      apiServer.close();
    }
  });
}

const refusedFor = (ms: number) => ({ denied: ms, allowed: 60_000 });
const grantPair = (sandbox: Sandbox) => allow(sandbox, 'Kubernetes', apiserverRules);
const revokePair = (sandbox: Sandbox) =>
  sandbox.store.delete('clusterrolebindings', 'for-Kubernetes');

/** Asks each kubelet once, so that it has the answer in its cache. */
const fillCaches = async ({ nodes, open }: WaitSettings, path = '/healthz') => {
  for (const node of nodes) {
    const kubelet = open(node, defaultLimits);
    await kubelet.read(await kubelet.send({ method: 'GET', path }), 1000);
    kubelet.close();
  }
};

const inEffect = (node: string) => ({ node, state: 'in effect', reason: '' });

suite('waiting until a grant is in effect', (test) => {
  test('ends when the last cached denial has expired', () =>
    withWait({ cacheMs: refusedFor(1500) }, async (sandbox, settings) => {
      await fillCaches(settings);
      grantPair(sandbox);
      assert.equal(await waitForNodes(settings), [inEffect('node-1'), inEffect('node-2')]);
      assert.equal(settings.counted, ['0/2', '1/2', '2/2']);
    }));

  test('does not ask a node again after it allowed the request', () =>
    withWait({ cacheMs: refusedFor(1500) }, async (sandbox, settings) => {
      await fillCaches({ ...settings, nodes: settings.nodes.slice(1) });
      grantPair(sandbox);
      await waitForNodes(settings);
      assert.is(sandbox.kubelets[0]?.requests.length, 1);
      assert.ok((sandbox.kubelets[1]?.requests.length ?? 0) > 1);
    }));

  test('waits until every request is allowed, and repeats only denied requests', () =>
    withWait({ nodes: ['none'], cacheMs: refusedFor(1500) }, async (sandbox, wait) => {
      await fillCaches(wait, '/stats/');
      grantPair(sandbox);
      const requests = () => [...healthz(), { method: 'GET', path: '/stats/' }];
      assert.equal(await waitForNodes({ ...wait, requests }), [inEffect('node-1')]);
      const asked = sandbox.kubelets[0]?.requests.filter((line) => line === 'GET /healthz');
      assert.is(asked?.length, 1);
    }));

  for (const minor of [31, 37])
    test(`tests permissions of kube-apiserver by requests that have no effect on a kubelet of 1.${minor}`, () =>
      withWait({ minor, nodes: ['none'] }, async (sandbox, settings) => {
        grantPair(sandbox);
        const requests = (own: number) => probesFor(apiserverRules, own);
        assert.equal(await waitForNodes({ ...settings, requests }), [inEffect('node-1')]);
        assert.is(sandbox.kubelets[0]?.requests.length, 4);
      }));

  for (const [title, fault, isGranted, want, state, reason] of [
    [
      'denied, if the kubelet denies until the time limit',
      ...(['none', false, 'allowed', 'denied'] as const),
      'Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[healthz proxy])',
    ],
    [
      'allowed, if the kubelet allows until the time limit',
      ...(['none', true, 'denied', 'allowed', 'still allows GET /healthz'] as const),
    ],
    [
      'in effect, if the body of the response never ends',
      ...(['cut', true, 'allowed', 'in effect', ''] as const),
    ],
    [
      'unreachable, not as denying, if nothing listens at its address',
      ...(['stopped', true, 'denied', 'unreachable', 'cannot be reached: '] as const),
    ],
    ...(['allowed', 'denied'] as const).map(
      (want) =>
        [
          `unknown, if its kubelet cannot reach the API server to know whether it is ${want}`,
          ...(['cut-off', false, want, 'unknown'] as const),
          'could not ask the API server: Authorization error',
        ] as const,
    ),
  ] as const)
    test(`reports a node as ${title}`, () =>
      withWait({ nodes: [fault] }, async (sandbox, settings) => {
        if (isGranted) grantPair(sandbox);
        const outcomes = await waitForNodes({ ...settings, want, timeoutMs: 4000 });
        assert.equal(
          outcomes.map((each) => each.state),
          [state],
        );
        assert.is(outcomes[0]?.reason.slice(0, reason.length), reason);
      }));

  test('reports a node that is down, and the result of the other nodes', () =>
    withWait({}, async (sandbox, settings) => {
      grantPair(sandbox);
      await sandbox.kubelets[0]?.stop();
      const [down, up] = await waitForNodes({
        ...settings,
        parallel: 1,
        timeoutMs: 8000,
      });
      assert.equal(up, inEffect('node-2'));
      assert.is(down?.state, 'unreachable');
      // The end of the wait may have interrupted the last request, so that the rest of the reason varies.
      assert.match(down?.reason ?? '', /^cannot be reached: ./);
      assert.equal(settings.counted, ['0/2', '1/2']);
    }));

  test('ends at the time limit even if a node does not answer and the limits of a request are longer', () =>
    withWait({ nodes: ['no-answer'] }, async (sandbox, settings, apiServer) => {
      const open = (node: Node) =>
        openViaApiServer(node.metadata?.name ?? '', apiServer, defaultLimits);
      const reason = 'cannot be reached: no answer in time';
      assert.equal(await waitForNodes({ ...settings, open, timeoutMs: 3000 }), [
        { node: 'node-1', state: 'unreachable', reason },
      ]);
      assert.is(sandbox.kubelets[0]?.requests.length, 1);
    }));

  test('reports a node that is not Ready, and asks its kubelet nevertheless', () =>
    withWait({}, async (sandbox, settings) => {
      grantPair(sandbox);
      await sandbox.kubelets[1]?.stop();
      const nodes = settings.nodes.map((node) => ({
        ...node,
        status: { ...node.status, conditions: [{ type: 'Ready', status: 'False' }] },
      }));
      const [first, second] = await waitForNodes({
        ...settings,
        nodes,
        timeoutMs: 8000,
      });
      assert.equal(first, inEffect('node-1'));
      assert.is(second?.state, 'not ready');
    }));

  test('does not wait for a deleted node', () =>
    withWait({}, async (sandbox, settings) => {
      grantPair(sandbox);
      sandbox.store.delete('nodes', 'node-2');
      const reason = 'nodes "node-2" not found';
      assert.equal(await waitForNodes(settings), [
        inEffect('node-1'),
        { node: 'node-2', state: 'gone', reason },
      ]);
    }));

  test('ends at once if no request can show the change', () =>
    withWait({ nodes: ['none'] }, async (_, settings) => {
      for (const [requests, reason] of [
        [[], 'no read-only request can show it here'],
        [[{ method: 'GET', path: '/nosuch' }], 'the kubelet serves no path that can show it'],
      ] as const)
        assert.equal(await waitForNodes({ ...settings, requests: () => requests }), [
          { node: 'node-1', state: 'unknown', reason },
        ]);
    }));

  test('fails at once for a caller without nodes/proxy', () =>
    withWait({}, async (sandbox, settings) => {
      const dev = await connectTo(sandbox, 'dev', 'devs');
      const open = (node: Node, limits: Limits) =>
        openViaApiServer(node.metadata?.name ?? '', dev, limits);
      const error = await waitForNodes({ ...settings, open }).catch((thrown: unknown) => thrown);
      assert.instance(error, Failure);
      assert.match(
        (error as Failure).message,
        /User "dev" cannot get resource "nodes\/proxy" in API group ""/,
      );
      assert.match(
        (error as Failure).details.map(formatDetail).join('\n'),
        /denied you, not a kubelet/,
      );
      assert.match(
        (error as Failure).details.map(formatDetail).join('\n'),
        /missing: .*nodes\/proxy/,
      );
      dev.close();
    }));

  test('retries once after a 401, because a plugin may have renewed the credential, and then fails', () =>
    withWait({ nodes: ['none'] }, async (_, settings) => {
      let asked = 0;
      const open = (node: Node, limits: Limits) => ({
        ...settings.open(node, limits),
        send: async () => {
          asked += 1;
          return { status: 401 } as HttpResponse;
        },
        read: async () => ({ status: 401, text: '{"kind":"Status","message":"Unauthorized"}' }),
      });
      const error = await waitForNodes({ ...settings, open }).catch((thrown: unknown) => thrown);
      assert.instance(error, Failure);
      assert.match((error as Failure).message, /You must be logged in/);
      assert.is(asked, 2);
    }));

  test('ends on Ctrl-C even while a node does not answer', () =>
    withWait({ nodes: ['none', 'no-answer'] }, async (_, settings) => {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(new Interrupted()), 900);
      const { signal } = interruption;
      const error = await waitForNodes({ ...settings, signal }).catch((thrown: unknown) => thrown);
      assert.instance(error, Interrupted);
    }));

  test('asks kubelets as the caller on the direct path, and reports nodes that are down', () =>
    withWait({ nodes: ['none', 'silent', 'none'] }, async (sandbox, settings) => {
      const rules = [rule('nodes/metrics')];
      allow(sandbox, 'dev', rules);
      await sandbox.kubelets[2]?.stop();
      const open = await connectDirectly(sandbox, 'dev');
      const requests = (minor: number) => probesFor(rules, minor);
      const timeoutMs = 3000;
      const [up, silent, down] = await waitForNodes({ ...settings, requests, open, timeoutMs });
      assert.equal(up, inEffect('node-1'));
      assert.is(silent?.state, 'unreachable');
      assert.match(
        silent?.reason ?? '',
        /^cannot be reached: no (?:answer|TLS handshake) in time$/,
      );
      const reason = 'cannot be reached: connection refused';
      assert.equal(down, { node: 'node-3', state: 'unreachable', reason });
    }));
});

// This suite is separate, because its many requests would delay the other tests.
suite('waiting until a grant is in effect everywhere', (test) => {
  test('asks 200 nodes, at most 16 at once', () =>
    withWait(
      { nodes: Array(200).fill('none'), cacheMs: refusedFor(1000) },
      async (sandbox, settings) => {
        await fillCaches(settings);
        grantPair(sandbox);
        let [running, most] = [0, 0];
        const open = (node: Node, limits: Limits) => {
          running += 1;
          most = Math.max(most, running);
          const kubelet = settings.open(node, limits);
          const close = () => {
            running -= 1;
            kubelet.close();
          };
          return { ...kubelet, close };
        };
        const outcomes = await waitForNodes({ ...settings, open });
        assert.is(outcomes.filter(({ state }) => state === 'in effect').length, 200);
        assert.is(most, 16);
        assert.is(running, 0);
        assert.is(settings.counted.at(-1), '200/200');
        assert.is(settings.counted.length, 201);
      },
    ));
});

suite('waiting until a revoke is in effect', (test) => {
  const cacheMs = { denied: 60_000, allowed: 1500 };

  test('ends when the last cached permission has expired', () =>
    withWait({ cacheMs }, async (sandbox, settings) => {
      grantPair(sandbox);
      await fillCaches(settings);
      revokePair(sandbox);
      assert.equal(await waitForNodes({ ...settings, want: 'denied' }), [
        inEffect('node-1'),
        inEffect('node-2'),
      ]);
    }));

  test('waits by default for longer than kubelets cache permissions', () =>
    withSandbox(
      { nodes: ['none'], cacheMs: { denied: 30_000, allowed: permissionTtlMs } },
      async (_, tool) => {
        assert.is((await tool('grant --wait')).code, 0);
        assert.match((await tool('revoke --wait')).stderr, '1 of 1 kubelet denies it\n');
      },
    ));
});
