import * as assert from 'uvu/assert';
import {
  type ServingCsrs,
  servingRequestsOf,
  waitingRequest,
} from '../../src/kubelet/serving-requests.ts';
import { suite } from '../kit/suite.ts';

const signer = 'kubernetes.io/kubelet-serving';

function request(
  name: string,
  minute: number,
  more: {
    readonly username?: string;
    readonly signerName?: string;
    readonly certificate?: string;
    readonly conditions?: readonly string[];
  } = {},
) {
  const { username = 'system:node:node-1', signerName = signer, certificate } = more;
  return {
    metadata: { name, creationTimestamp: `2026-11-26T08:${10 + minute}:00Z` },
    spec: { signerName, username },
    status: { certificate, conditions: (more.conditions ?? []).map((type) => ({ type })) },
  };
}

const names = (requests: ServingCsrs) =>
  (requests.get('node-1') ?? []).map(({ name, state }) => `${name} ${state}`);

suite('requests for serving certificates', (test) => {
  test('are sorted by time, the newest first, with their states', () => {
    const found = servingRequestsOf([
      request('a', 1),
      request('b', 2, { conditions: ['Approved'] }),
      request('c', 3, { conditions: ['Approved'], certificate: 'LS0t' }),
      request('d', 4, { conditions: ['Denied'] }),
      request('e', 5, { conditions: ['Approved', 'Failed'] }),
    ]);
    assert.equal(names(found), ['e failed', 'd denied', 'c issued', 'b approved', 'a pending']);
  });

  test('are ignored if their user is not a kubelet or they are for another signer', () => {
    for (const more of [
      { username: 'node-1' },
      { username: 'jane' },
      { username: 'system:node:' },
      { username: 'system:serviceaccount:default:node-1' },
      { signerName: 'kubernetes.io/kube-apiserver-client-kubelet' },
    ])
      assert.is(servingRequestsOf([request('a', 1, more)]).size, 0, JSON.stringify(more));
  });

  for (const [title, requests, expected] of [
    ['none', [], undefined],
    ['a pending request', [request('a', 1)], 'a'],
    ['the newer of two requests', [request('a', 1), request('b', 2)], 'b'],
    ['an approved request', [request('a', 1, { conditions: ['Approved'] })], 'a'],
    ['none if the request was denied', [request('a', 1, { conditions: ['Denied'] })], undefined],
    [
      'the request before a denied request',
      [request('a', 1), request('b', 2, { conditions: ['Denied'] })],
      'a',
    ],
    [
      'none if a certificate was issued after the request',
      [request('a', 1), request('b', 2, { conditions: ['Approved'], certificate: 'LS0t' })],
      undefined,
    ],
    [
      'a request for the next certificate',
      [request('a', 1, { conditions: ['Approved'], certificate: 'LS0t' }), request('b', 2)],
      'b',
    ],
  ] as const)
    test(`waiting request: ${title}`, () => {
      assert.is(waitingRequest(servingRequestsOf(requests), 'node-1')?.name, expected);
    });
});
