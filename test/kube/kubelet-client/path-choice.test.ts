import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../../src/kube/kubelet-client/kubelet-failure.ts';
import { openAuto, watchDirect } from '../../../src/kube/kubelet-client/open-auto.ts';
import { choosePath, type RememberedPath } from '../../../src/kube/kubelet-client/path-choice.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { defaultLimits, type Limits } from '../../../src/kube/transport/limits.ts';
import type { HttpResponse } from '../../../src/kube/transport/transport.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import type { Node } from '../../../src/objects.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';

inVirtualTime();

const node = (name: string, ready = 'True'): Node => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const nodes = (count: number) => Array.from({ length: count }, (_, index) => node(`n${index + 1}`));
const request = { method: 'GET', path: '/healthz' };

/** Status of a response, or the cause of a failure. */
type Answer = Cause | number | Promise<number>;

async function answered(answer: Answer): Promise<HttpResponse> {
  const given = await answer;
  if (typeof given === 'number') return { status: given } as HttpResponse;
  const code = given === 'connection-timed-out' ? 'timeout' : 'other';
  throw new KubeletFailure(given, { why: given, cause: new TransportError('connect', code) });
}

interface Kubelets {
  readonly direct: (name: string, limits: Limits) => Answer;
  readonly relayed?: (name: string) => Answer;
  readonly remembered?: RememberedPath;
  readonly tell?: (line: string) => void;
}

function openFleet(all: readonly Node[], { direct, relayed = () => 200, ...more }: Kubelets) {
  /** Requests in order: `n1 direct 1000` with the time limit of the connection in ms, or `n1 apiserver`. */
  const calls: string[] = [];
  const memory: (RememberedPath | undefined)[] = [];
  const remember = (path: RememberedPath | undefined) => memory.push(path);
  const choice = choosePath({ remembered: undefined, remember, nodes: all, ...more });
  const kubelet = (via: Kubelet['via'], answer: () => Answer): Kubelet => ({
    ...{ via, label: via, close: () => {}, [Symbol.dispose]: () => {}, broken: (error) => error },
    where: { hop: via === 'direct' ? 'caller-to-kubelet' : 'apiserver-to-kubelet', node: 'n' },
    send: async () => answered(answer()),
    dial: () => Promise.reject(new Error('not dialed')),
    read: async ({ status }) => ({ status, text: '{"kind":"Status","message":"no"}' }),
  });
  /** Reads a node; returns the status of the response, or the message of the failure. */
  const read = (of: Node) => {
    const { name } = of.metadata;
    const directly = (limits: Limits) =>
      kubelet('direct', () => {
        calls.push(`${name} direct ${limits.dialMs ?? limits.connectMs}`);
        return direct(name, limits);
      });
    const byServer = kubelet('apiserver', () => {
      calls.push(`${name} apiserver`);
      return relayed(name);
    });
    const paths = { node: of, direct: directly, relayed: byServer, limits: defaultLimits };
    return openAuto(paths, choice)
      .send(request)
      .then(({ status }) => status)
      .catch(({ message }: Error) => message);
  };
  return {
    ...{ choice, calls, memory, read },
    readAll: (some = all) => Promise.all(some.map(read)),
    direct: () => calls.filter((call) => call.includes('direct')),
  };
}

suite('the path of a fleet', (test) => {
  for (const [count, scouts] of Object.entries({ 1: 1, 2: 2, 3: 3, 4: 3, 50: 3 }))
    test(`is decided by ${scouts} of ${count} nodes, and printed in one note`, async () => {
      const fleet = openFleet(nodes(Number(count)), { direct: () => 'self-signed-certificate' });
      assert.ok((await fleet.readAll()).every((status) => status === 200));
      assert.equal([fleet.direct().length, fleet.choice.via], [scouts, 'apiserver']);
      assert.equal(fleet.memory, [{ via: 'apiserver', why: 'self-signed-certificate' }]);
      const [note = '', ...more] = fleet.choice.notes(false);
      assert.ok(note.startsWith(count === '1' ? 'note: n1 is ' : `note: ${count} kubelets are `));
      assert.equal(more, []);
    });

  test('is direct as soon as one node is reached; until then, most nodes wait', async () => {
    const reached = Promise.withResolvers<number>();
    const fleet = openFleet(nodes(6), {
      direct: (name) => (name === 'n1' ? 'untrusted-ca' : reached.promise),
    });
    const results = fleet.readAll();
    await turn();
    assert.is(fleet.direct().length, 3);
    reached.resolve(200);
    assert.equal(await results, Array(6).fill(200));
    assert.is(fleet.direct().length, 6);
    assert.equal(fleet.memory.at(-1), { via: 'direct', isSlow: false });
  });

  test('is not decided by nodes that are not ready, if other nodes are ready', async () => {
    const [failing, stopped] = [node('n8', 'False'), node('n9', 'Unknown')];
    const all = [failing, stopped, ...nodes(3)];
    const fleet = openFleet(all, { direct: () => 'connection-refused' });
    assert.equal(await fleet.readAll([failing, stopped]), [200, 'connection-refused']);
    assert.not.ok(fleet.calls.includes('n9 apiserver'));
    await fleet.readAll(nodes(2));
    assert.is(fleet.choice.via, undefined);
    await fleet.readAll([node('n3')]);
    assert.is(fleet.choice.via, 'apiserver');
  });

  test('is decided by nodes that are not ready, if no node is ready', async () => {
    const fleet = openFleet([node('n1', 'False')], { direct: () => 'connection-refused' });
    await fleet.readAll();
    assert.is(fleet.choice.via, 'apiserver');
  });

  for (const remembered of [undefined, { via: 'direct', isSlow: false }] as const)
    test(`remains direct for a silent node if another node was reached ${remembered ? 'earlier' : 'now'}`, async () => {
      const direct = (name: string) => (name === 'n1' ? 200 : 'connection-timed-out');
      const fleet = openFleet(nodes(4), { direct, ...(remembered && { remembered }) });
      if (!remembered) await fleet.read(node('n1'));
      assert.is(await fleet.read(node('n4')), 'connection-timed-out');
      assert.not.ok(fleet.calls.includes('n4 apiserver'));
    });

  test('goes through the API server for an invalid certificate, even if other nodes are reached directly', async () => {
    const direct = (name: string) => (name === 'n1' ? 200 : 'certificate-expired');
    const fleet = openFleet(nodes(2), { direct });
    await fleet.read(node('n1'));
    assert.is(await fleet.read(node('n2')), 200);
    assert.ok(fleet.calls.includes('n2 apiserver'));
  });

  test('is explained by one note for each reason why kubelets cannot be called directly', async () => {
    const told: string[] = [];
    const direct = (name: string) => (name === 'n1' ? 'certificate-expired' : 'untrusted-ca');
    const fleet = openFleet(nodes(4), { direct, tell: (line) => told.push(line) });
    await fleet.readAll(nodes(3));
    const note = 'read through the API server:';
    assert.equal(fleet.choice.notes(false), [
      `note: n1 is ${note} its certificate has expired`,
      `note: 2 kubelets are ${note} their certificates are of an untrusted CA`,
    ]);
    assert.equal(told, [
      `note: kubelets are ${note} their certificates have expired`,
      `note: kubelets are ${note} their certificates are of an untrusted CA`,
    ]);
  });

  test('allows twenty requests at once through the API server, and more if some get no response for a while', async () => {
    const answers: (() => void)[] = [];
    const fleet = openFleet(nodes(45), {
      remembered: { via: 'apiserver', why: 'no-route' },
      direct: () => 200,
      relayed: () => new Promise((resolve) => answers.push(() => resolve(200))),
    });
    const results = fleet.readAll();
    await turn();
    assert.is(answers.length, 20);
    for (const answer of answers.slice(0, 5)) answer();
    await turn();
    assert.is(answers.length, 25);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    assert.is(answers.length, 45);
    for (const answer of answers) answer();
    assert.equal(await results, Array(45).fill(200));
    assert.equal([fleet.direct(), fleet.memory], [[], []]);
  });

  test('is printed in a note only with -v=1 if it was remembered from an earlier command', async () => {
    const remembered = { via: 'apiserver', why: 'no-route' } as const;
    const fleet = openFleet(nodes(1), { remembered, direct: () => 200 });
    await fleet.readAll();
    assert.equal([fleet.calls, fleet.choice.notes(false)], [['n1 apiserver'], []]);
    assert.match(
      fleet.choice.notes(true).join(),
      /^note: kubelets are .* \(as found out earlier\)$/,
    );
  });
});

suite('a direct request', (test) => {
  const limitsOf = (remembered?: RememberedPath, isReached = false) => {
    const { choice } = openFleet(nodes(5), {
      direct: () => 200,
      ...(remembered && { remembered }),
    });
    if (isReached) choice.reached();
    const { dialMs, connectMs } = choice.limitsOf(defaultLimits);
    return [dialMs, connectMs];
  };

  test('may take 1 s to connect and 3 s with the TLS handshake, and longer once a kubelet was reached', () => {
    assert.equal(limitsOf(), [1000, 3000]);
    assert.equal(limitsOf(undefined, true), [2000, 10_000]);
    assert.equal(limitsOf({ via: 'direct', isSlow: false }), [2000, 10_000]);
    assert.equal(limitsOf({ via: 'direct', isSlow: true }), [undefined, 10_000]);
  });

  test('is repeated with the full limits after a 403 of the node proxy', async () => {
    const direct = (_: string, { dialMs }: Limits) => (dialMs ? 'connection-timed-out' : 200);
    const fleet = openFleet(nodes(5), { direct, relayed: () => 403 });
    assert.equal(await fleet.readAll(), Array(5).fill(200));
    assert.equal(fleet.memory, [{ via: 'direct', isSlow: true }]);
    assert.ok(fleet.calls.includes('n5 direct 10000'));
  });

  for (const [cause, status] of [
    ['connection-timed-out', 500],
    ['connection-timed-out', 404],
    ['self-signed-certificate', 403],
  ] as const)
    test(`is not repeated after "${cause}" if the node proxy then answers ${status}`, async () => {
      const fleet = openFleet(nodes(1), { direct: () => cause, relayed: () => status });
      await fleet.readAll();
      assert.is(fleet.direct().length, 1);
    });

  test('is repeated for only three nodes if it fails again for all three', async () => {
    const direct = () => 'connection-timed-out' as const;
    const fleet = openFleet(nodes(20), { direct, relayed: () => 403 });
    await fleet.readAll();
    assert.is(fleet.direct().filter((call) => call.endsWith('10000')).length, 3);
    assert.equal([fleet.choice.isHopeless, fleet.memory], [true, []]);
  });

  test('of a command with --via direct is remembered for later commands without --via', async () => {
    const watch = async (outcome: Answer, remembered?: RememberedPath) => {
      const memory: (RememberedPath | undefined)[] = [];
      const remember = (path: RememberedPath | undefined) => memory.push(path);
      const choice = choosePath({ remembered, remember, nodes: nodes(1) });
      const kubelet = { send: () => answered(outcome) } as unknown as Kubelet;
      await watchDirect(kubelet, node('n1'), choice)
        .send(request)
        .catch(() => {});
      return memory;
    };
    const direct = { via: 'direct', isSlow: false } as const;
    assert.equal(await watch(200, { via: 'apiserver', why: 'no-route' }), [direct]);
    assert.equal(await watch(403), [direct]);
    // The path is not remembered, because the API server may not reach the kubelet either.
    assert.equal(await watch('untrusted-ca'), []);
    assert.equal(await watch('untrusted-ca', direct), [undefined]);
    assert.equal(await watch(200, direct), []);
    assert.equal(await watch('different-certificate'), []);
  });
});
