import * as assert from 'uvu/assert';
import { describeNotReady, readyState } from '../../src/kubelet/readiness.ts';
import type { Node } from '../../src/objects.ts';
import { suite } from '../kit/suite.ts';

type Conditions = NonNullable<NonNullable<Node['status']>['conditions']>;

const node = (...conditions: Conditions): Node => ({
  metadata: { name: 'n1' },
  status: { conditions },
});

const ready = (status: string, more: Partial<Conditions[number]> = {}) =>
  node({ type: 'DiskPressure', status: 'Unknown' }, { type: 'Ready', status, ...more });

suite('the readiness of a node', (test) => {
  test('is the status of its condition Ready', () => {
    for (const status of ['True', 'False', 'Unknown'] as const)
      assert.is(readyState(ready(status)), status);
  });

  test('is empty if its Node object has no valid condition Ready', () => {
    for (const each of [{ metadata: { name: 'n1' } }, node(), ready('Maybe'), ready('')])
      assert.is(readyState(each), '');
  });

  test('is described by the message, the reason or the status of the condition', () => {
    const message = 'Kubelet stopped posting node status.';
    const reason = 'NodeStatusUnknown';
    for (const [given, words] of [
      [ready('Unknown', { message, reason }), `n1 is not ready: ${message}`],
      [ready('False', { reason }), `n1 is not ready: ${reason}`],
      [ready('False'), 'n1 is not ready: False'],
      [ready('True', { message }), ''],
      [node(), ''],
    ] as const)
      assert.is(describeNotReady(given), words);
  });
});
