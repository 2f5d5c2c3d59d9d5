import * as assert from 'uvu/assert';
import { renderOutcomes } from '../../../../src/commands/shared/pair/wait-outcome.ts';
import { suite } from '../../../kit/suite.ts';

suite('the table of a wait', (test) => {
  const done = { node: 'node-1', state: 'in effect', reason: '' } as const;

  test('has a row for each node where the change is not in effect', () => {
    const late = { node: 'node-22', state: 'unreachable', reason: 'no\x1b[2J way' } as const;
    assert.is(
      renderOutcomes([done, late]),
      'NODE      STATE         REASON\nnode-22   unreachable   no\\x1b[2J way\n',
    );
  });

  test('is empty when the change is in effect everywhere', () =>
    assert.is(renderOutcomes([done]), ''));
});
