import * as assert from 'uvu/assert';
import { type WaitSettings, waitForNodes } from '../../../../src/commands/shared/pair/wait.ts';
import { Failure, formatDetail, Interrupted } from '../../../../src/errors.ts';
import { listNodes } from '../../../../src/kube/api-server/nodes.ts';
import { openViaApiServer } from '../../../../src/kube/kubelet-client/client.ts';
import { defaultLimits, type Limits } from '../../../../src/kube/transport/limits.ts';
import type { HttpResponse } from '../../../../src/kube/transport/transport.ts';
import { permissionTtlMs } from '../../../../src/kubelet/authorization-cache.ts';
import type { Node, PolicyRule } from '../../../../src/objects.ts';
import { apiserverRules } from '../../../../src/rbac/profiles.ts';
import { connectDirectly, connectTo } from '../../../kit/connect.ts';
import { rulesIn } from '../../../kit/rbac.ts';
import { suite } from '../../../kit/suite.ts';
import { inVirtualTime } from '../../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../../kit/with-sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';

inVirtualTime();

const profileOf = (rules: readonly PolicyRule[]) => ({ rules, ownRole: undefined });
const stats = rulesIn('get nodes/stats');

type Settings = WaitSettings & { readonly counted: string[] };

/** Runs a test with settings for waitForNodes, which send requests as admin through the API server. `counted` collects the progress. */
async function withWait(
  options: SandboxOptions,
  use: (sandbox: Sandbox, settings: Settings) => Promise<void>,
): Promise<void> {
  await withSandbox(options, async (sandbox) => {
    const apiServer = await connectTo(sandbox, 'admin', 'system:masters');
    const counted: string[] = [];
    try {
      await use(sandbox, {
        ...{ nodes: await listNodes(apiServer), profile: profileOf(stats), want: 'allowed' },
        // The time limit is long, so that a test fails if the wait does not end earlier for another reason.
        timeoutMs: 600_000,
        open: (node: Node, limits: Limits) =>
          openViaApiServer(node.metadata.name, apiServer, limits),
        signal: new AbortController().signal,
        progress: (done: number, all: number) => counted.push(`${done}/${all}`),
        counted,
      });
    } finally {
      apiServer.close();
    }
  });
}

const grantPair = (sandbox: Sandbox) => allow(sandbox, 'Kubernetes', apiserverRules);

/** Asks each kubelet once, so that it has the answer in its cache. */
const fillCaches = async ({ nodes, open }: WaitSettings) => {
  for (const node of nodes) {
    const kubelet = open(node, defaultLimits);
    await kubelet.read(await kubelet.send({ method: 'GET', path: '/stats/' }), 1000);
    kubelet.close();
  }
};

const thrownBy = (settings: WaitSettings) =>
  waitForNodes(settings).catch((thrown: unknown) => thrown);

interface Situation extends Partial<WaitSettings> {
  readonly isGranted?: true;
  /** Number of the kubelet that is stopped. */
  readonly stopped?: number;
  readonly deleted?: string;
  readonly isNotReady?: true;
  readonly limits?: Limits;
}

const brief = { timeoutMs: 4000 };
const granted = { ...brief, isGranted: true } as const;
const one: SandboxOptions = { nodes: ['none'] };

/** A node, in which sandbox and situation, and the outcome of each node: its state, and the beginning of its reason. */
const rows: readonly (readonly [string, SandboxOptions, Situation, ...string[]])[] = [
  [
    ...(['that denies until the time limit', one, brief] as const),
    'denied Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[stats])',
  ],
  [
    ...(['that allows until the time limit', one, { ...granted, want: 'denied' }] as const),
    'allowed still allows GET /stats/',
  ],
  ['that allows, in a response that never ends', { nodes: ['cut'] }, granted, 'in effect '],
  [
    ...(['at whose address nothing listens', { nodes: ['stopped'] }] as const),
    ...([{ ...brief, want: 'denied' }, 'unreachable cannot be reached: '] as const),
  ],
  ...(['allowed', 'denied'] as const).map(
    (want) =>
      [
        ...([`that cannot ask the API server: ${want}`, { nodes: ['cut-off'] }] as const),
        ...([{ ...brief, want }, 'unknown could not ask the API server: Authorization'] as const),
      ] as const,
  ),
  [
    ...(['that does not answer within long limits', { nodes: ['no-answer'] }] as const),
    { ...brief, limits: defaultLimits },
    'unreachable cannot be reached: no answer in time',
  ],
  [
    ...(['that is down beside another', {}, { ...granted, stopped: 0 }] as const),
    ...['unreachable cannot be reached: ', 'in effect '],
  ],
  [
    ...(['that is not Ready', {}, { ...granted, stopped: 1, isNotReady: true }] as const),
    ...['in effect ', 'not ready cannot be reached: '],
  ],
  [
    ...(['that was deleted', {}, { isGranted: true, deleted: 'node-2' }] as const),
    ...['in effect ', 'gone nodes "node-2" not found'],
  ],
  [
    ...(['whose access no request shows', one] as const),
    { profile: profileOf(rulesIn('create nodes/checkpoint')) },
    'unknown no read-only request can show it here',
  ],
];

const notReady = (node: Node): Node => ({
  ...node,
  status: { ...node.status, conditions: [{ type: 'Ready', status: 'False' }] },
});

suite('the outcome of a wait', (test) => {
  for (const [title, options, situation, ...expected] of rows)
    test(`for a node ${title}`, () =>
      withWait(options, async (sandbox, settings) => {
        const { isGranted, stopped, deleted, isNotReady, limits, ...changed } = situation;
        if (isGranted) grantPair(sandbox);
        if (stopped !== undefined) await sandbox.kubelets[stopped]?.stop();
        if (deleted) sandbox.store.delete('nodes', deleted);
        const outcomes = await waitForNodes({
          ...settings,
          ...(isNotReady && { nodes: settings.nodes.map(notReady) }),
          ...(limits && { open: (node: Node) => settings.open(node, limits) }),
          ...changed,
        });
        const texts = outcomes.map(({ state, reason }, index) =>
          `${state} ${reason}`.slice(0, expected[index]?.length),
        );
        assert.equal(texts, expected);
      }));

  for (const minor of [31, 37])
    test(`needs requests that have no effect on a kubelet of 1.${minor}`, () =>
      withWait({ minor, nodes: ['none'] }, async (sandbox, settings) => {
        grantPair(sandbox);
        await waitForNodes({ ...settings, profile: profileOf(apiserverRules) });
        assert.is(sandbox.kubelets[0]?.requests.length, 4);
      }));

  test('comes when the last cached denial has expired, and no node is asked again after it allowed', () =>
    withWait({ cacheMs: { denied: 1500, allowed: 60_000 } }, async (sandbox, settings) => {
      await fillCaches({ ...settings, nodes: settings.nodes.slice(1) });
      grantPair(sandbox);
      const outcomes = await waitForNodes(settings);
      assert.equal(
        outcomes.map(({ state }) => state),
        ['in effect', 'in effect'],
      );
      assert.equal(settings.counted, ['0/2', '1/2', '2/2']);
      assert.is(sandbox.kubelets[0]?.requests.length, 1);
      assert.ok((sandbox.kubelets[1]?.requests.length ?? 0) > 1);
    }));

  test('is a failure for a caller without nodes/proxy', () =>
    withWait({}, async (sandbox, settings) => {
      const dev = await connectTo(sandbox, 'dev', 'devs');
      const open = (node: Node, limits: Limits) =>
        openViaApiServer(node.metadata.name, dev, limits);
      const error = await thrownBy({ ...settings, open });
      assert.instance(error, Failure);
      const { message, details } = error as Failure;
      assert.match(message, /User "dev" cannot get resource "nodes\/proxy" in API group ""/);
      const text = details.map(formatDetail).join('\n');
      assert.match(text, /denied you, not a kubelet/);
      assert.match(text, /missing: .*nodes\/proxy/);
      dev.close();
    }));

  test('is a failure after two answers 401, because a plugin may have renewed the credential', () =>
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
      const error = await thrownBy({ ...settings, open });
      assert.instance(error, Failure);
      assert.match((error as Failure).message, /You must be logged in/);
      assert.is(asked, 2);
    }));

  test('does not come after Ctrl-C, even while a node does not answer', () =>
    withWait({ nodes: ['none', 'no-answer'] }, async (_, settings) => {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(new Interrupted()), 900);
      assert.instance(await thrownBy({ ...settings, signal: interruption.signal }), Interrupted);
    }));

  test('on the direct path is of the caller', () =>
    withWait({ nodes: ['none', 'silent', 'none'] }, async (sandbox, settings) => {
      allow(sandbox, 'dev', stats);
      await sandbox.kubelets[2]?.stop();
      const open = await connectDirectly(sandbox, 'dev');
      const [up, silent, down] = await waitForNodes({ ...settings, open, ...brief });
      assert.is(up?.state, 'in effect');
      assert.match(
        silent?.reason ?? '',
        /^cannot be reached: no (?:answer|TLS handshake) in time$/,
      );
      assert.is(down?.reason, 'cannot be reached: connection refused');
    }));
});

// This suite is separate, because its many requests would delay the other tests.
suite('a wait', (test) => {
  test('asks 100 nodes, at most 32 at once', () =>
    withWait(
      { nodes: Array(100).fill('none'), cacheMs: { denied: 1000, allowed: 60_000 } },
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
        await waitForNodes({ ...settings, open });
        assert.equal([most, running], [32, 0]);
        assert.is(settings.counted.at(-1), '100/100');
      },
    ));

  test('for a revoke is by default longer than kubelets cache permissions', () =>
    withSandbox(
      { nodes: ['none'], cacheMs: { denied: 30_000, allowed: permissionTtlMs } },
      async (_, tool) => {
        assert.is((await tool('grant --wait')).code, 0);
        assert.match((await tool('revoke --wait')).stderr, '1 of 1 kubelet denies it\n');
      },
    ));
});
