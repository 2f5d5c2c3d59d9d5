import * as assert from 'uvu/assert';
import { isOurs } from '../../src/rbac/annotations.ts';
import { recorded } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const manager = 'app.kubernetes.io/managed-by';
const annotations = recorded({ 'user:jane': {} }, 'stats');

suite('an object', (test) => {
  test('is ours by its label, and without one by the profile in its record', () => {
    const of = (metadata: object) => isOurs({ metadata: { name: 'r', ...metadata } });
    assert.ok(of({ labels: { [manager]: 'kubectl-kubeletaccess' } }));
    assert.ok(of({ annotations }));
    assert.not(of({ annotations: recorded({ 'user:jane': {} }) }));
    // Taken over since, and deleted by whoever has it now.
    assert.not(of({ annotations, labels: { [manager]: 'Helm' } }));
  });
});
