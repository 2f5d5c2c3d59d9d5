import * as assert from 'uvu/assert';
import { Failure } from '../../../src/errors.ts';
import { askAuthorization } from '../../../src/kube/kubelet/ask-authorization.ts';
import type { Kubelet } from '../../../src/kube/kubelet/kubelet.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { suite } from '../../kit/suite.ts';

/** One whose success is cut off. */
function cutOff(via: Kubelet['via']): Kubelet {
  const where = { hop: 'caller -> kubelet', address: '10.0.0.1:10250', node: 'node-1' } as const;
  const send = async () => ({ status: 200 });
  const read = async () => {
    throw new Failure('cut', { cause: new TransportError('body', 'ECONNRESET') });
  };
  return { via, where, label: 'kubelet of node-1', send, read } as unknown as Kubelet;
}

suite('a success that is cut off', (test) => {
  const request = { method: 'GET', path: '/stats/summary' };

  test('is enough where a verified kubelet itself began it', async () =>
    assert.is((await askAuthorization(cutOff('direct'), request)).verdict, 'allowed'));

  test('is not through the API server', async () =>
    assert.is((await askAuthorization(cutOff('apiserver'), request)).verdict, 'unreachable'));
});
