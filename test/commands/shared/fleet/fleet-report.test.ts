import * as assert from 'uvu/assert';
import { renderCost } from '../../../../src/commands/shared/fleet/fleet-report.ts';
import { suite } from '../../../kit/suite.ts';

suite('the note about the cost of requests to a large fleet', (test) => {
  for (const [credential, expected] of [
    ['token', 'who you are and what you may do: about 2000 requests'],
    ['certificate', 'what you may do: about 1000 requests'],
    ['of kube-apiserver', 'what kube-apiserver may do: about 1000 requests'],
    ['not yet known', 'what you, or kube-apiserver, may do: about 1000 requests'],
  ] as const)
    test(`counts reviews for a credential: ${credential}`, () =>
      assert.is(
        renderCost(1000, credential),
        `note: each kubelet asks the API server ${expected}\n`,
      ));

  test('is empty without a credential', () => assert.is(renderCost(1000, undefined), ''));
});
