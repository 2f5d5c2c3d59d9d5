import * as assert from 'uvu/assert';
import { isOurs } from '../../src/rbac/annotations.ts';
import { suite } from '../kit/suite.ts';

suite('a ClusterRole or ClusterRoleBinding', (test) => {
  test('belongs to this program if it has our label', () => {
    const of = (metadata: object) => isOurs({ metadata: { name: 'kubeletaccess:x', ...metadata } });
    assert.ok(of({ labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' } }));
    // Helm has taken over this object, and is responsible for deleting it.
    assert.not(of({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }));
    assert.not(of({ annotations: { 'kubeletaccess/expires': '2020-01-01T00:00:00Z' } }));
  });
});
