import * as assert from 'uvu/assert';
import { isOurs } from '../../src/rbac/annotations.ts';
import { recorded } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const manager = 'app.kubernetes.io/managed-by';
const annotations = recorded({ 'user:jane': {} }, 'stats');

suite('a ClusterRole or ClusterRoleBinding', (test) => {
  test('belongs to this program if it has our label, or no label and a recorded profile', () => {
    const of = (metadata: object) => isOurs({ metadata: { name: 'r', ...metadata } });
    assert.ok(of({ labels: { [manager]: 'kubectl-kubeletaccess' } }));
    assert.ok(of({ annotations }));
    assert.not(of({ annotations: recorded({ 'user:jane': {} }) }));
    // Helm has taken over this object, and is responsible for deleting it.
    assert.not(of({ annotations, labels: { [manager]: 'Helm' } }));
  });

  test('does not belong to this program if it is a binding without a label and without recorded subjects', () => {
    const annotations = { 'kubeletaccess/grant': '{"version":1,"profiles":["stats"]}' };
    const roleRef = { apiGroup: '', kind: 'ClusterRole', name: 'cluster-admin' };
    assert.not(isOurs({ metadata: { name: 'kubeletaccess:x', annotations }, roleRef }));
  });
});
