import * as assert from 'uvu/assert';
import {
  agreeOnClient,
  type ClientAnswer,
  clientNamesOf,
} from '../../src/kubelet/agree-on-client.ts';
import type { Node } from '../../src/objects.ts';
import { suite } from '../kit/suite.ts';

type Says = ClientAnswer['says'];

const named = (userName: string): Says => ({ userName });
const known = (userName: string) => ({ known: true, userName });

function agreed(says: readonly Says[], knownNames: readonly string[] = []) {
  return agreeOnClient(
    says.map((each, index) => ({ node: `node-${index + 1}`, words: '', says: each })),
    knownNames,
  );
}

suite('the kubelet client that nodes agree on', (test) => {
  const jane = named('jane');
  const others: readonly (readonly [string, Says])[] = [
    ['denies nothing (405)', 'nothing denied'],
    ['is unreachable (503), or silent', 'no-answer'],
    ['is not ready', 'not-asked'],
    ['answers 401, or 404', 'something else'],
    ['gives another name', named('admin')],
  ];
  for (const [title, other] of others)
    test(`is not a name that only one node gives if every other node ${title}`, () => {
      for (const count of [1, 2, 4, 12])
        assert.is(agreed([jane, ...Array<Says>(count).fill(other)]).known, undefined);
    });

  test('is not an unusual name that only one node gives', () =>
    assert.equal(agreed([jane]), {
      known: undefined,
      because: 'only node-1 says that it is user "jane"',
      isNamed: true,
    }));
  test('is a well-known name that only one node gives', () =>
    assert.equal(agreed([named('Kubernetes')], ['Kubernetes']), known('Kubernetes')));
  test('is not a well-known name if another node gives another name or allows every request', () => {
    for (const other of [jane, named('kubernetes'), 'nothing denied'] as const)
      assert.is(
        agreed([named('Kubernetes'), other], ['Kubernetes', 'kubernetes']).known,
        undefined,
      );
  });
  test('is a well-known name that only one node gives if the other nodes give no answer or another answer', () =>
    assert.equal(
      agreed([named('Kubernetes'), 'no-answer', 'something else'], ['Kubernetes']),
      known('Kubernetes'),
    ));

  test('is a name that two nodes give', () => assert.equal(agreed([jane, jane]), known('jane')));
  test('is a name that two of three nodes give if the third node does not answer', () =>
    assert.equal(agreed([jane, jane, 'no-answer']), known('jane')));
  test('is not a name that two of four nodes give if the other two nodes do not answer', () =>
    assert.is(agreed([jane, jane, 'no-answer', 'no-answer']).known, undefined));
  test('is not a name that the same node gives twice', () => {
    const answer = { node: 'node-1', words: '', says: jane };
    assert.is(agreeOnClient([answer, answer], []).known, undefined);
  });

  test('cannot be known if every node that answers allows every request', () =>
    assert.equal(agreed(['nothing denied', 'not-asked']), { known: false, nodes: ['node-1'] }));
  test('is unknown if one node allows every request and another node does not answer', () =>
    assert.is(agreed(['nothing denied', 'no-answer']).known, undefined));

  test('is never a name that only lying nodes give, in 1,000 fleets in which at most a third of the nodes lie', () => {
    let found = 0;
    for (let fleet = 0; fleet < 1_000; fleet += 1) {
      const random = randomOf(fleet);
      const pick = <T>(list: readonly [T, ...T[]]): T =>
        list[Math.floor(random() * list.length)] ?? list[0];
      const size = 1 + Math.floor(random() * (random() < 0.5 ? 13 : 60));
      const liars = Math.floor(random() * (Math.floor(size / 3) + 1));
      const honest = pick(['Kubernetes', 'corp:apiserver']);
      const usual: Says = pick([named(honest), named(honest), 'nothing denied', 'no-answer']);
      const fails = random() < 0.5 ? 0.1 : 0.7;
      const lie: Says = named(pick(['jane', 'system:serviceaccount:a:b']));
      const says = Array.from({ length: size }, (_, index): Says => {
        if (index < liars) return random() < 0.8 ? lie : named('eve');
        return random() < fails ? pick(['no-answer', 'not-asked', 'something else']) : usual;
      });
      const names = clientNamesOf(says.map((_, index) => node(`node-${index}`)));
      const chosen = says.map((each) => ({ each, at: random() })).sort((a, b) => a.at - b.at);
      const answer = agreed(
        chosen.slice(0, 13).map(({ each }) => each),
        names,
      );
      if (!answer.known) continue;
      found += 1;
      assert.is(answer.userName, honest, `fleet ${fleet}: ${JSON.stringify(says)}`);
    }
    assert.ok(found > 100, `only ${found} fleets named anybody`);
  });
});

suite('names of the kubelet client', (test) => {
  const kubeadm = { 'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd.sock' };

  test('are one name if the installer of the cluster is known', () =>
    assert.equal(
      clientNamesOf([node('node-1', kubeadm), node('node-2', kubeadm), node('node-3')]),
      ['kube-apiserver-kubelet-client'],
    ));
  test('are the names of all installers if the installer is unknown', () =>
    assert.ok(clientNamesOf([node('node-1')]).includes('Kubernetes')));
});

function node(name: string, annotations: Record<string, string> = {}): Node {
  return { metadata: { name, annotations } };
}

/** Returns a generator of random numbers from 0 to 1 (mulberry32). The same seed always gives the same numbers. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
