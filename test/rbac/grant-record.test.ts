import * as assert from 'uvu/assert';
import { subjectRecordOf, withSubjectRecords } from '../../src/rbac/grant-record.ts';
import { user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' };
const bindingWith = (annotations: Record<string, string>) => ({
  metadata: { name: 'b', annotations },
  roleRef,
});

suite('the grant record of a binding', (test) => {
  test('gives a subject without profiles the profiles of the binding', () => {
    const text =
      '{"version":1,"profiles":["stats","metrics"],"subjects":{"user:alice":{"profiles":["metrics"]},"user:bob":{}}}';
    const binding = bindingWith({ 'kubeletaccess/grant': text });
    assert.equal(subjectRecordOf(binding, user('alice'))?.profiles, ['metrics']);
    assert.equal(subjectRecordOf(binding, user('bob'))?.profiles, ['stats', 'metrics']);
  });

  test('keeps an annotation whose granters cannot be parsed', () => {
    const granters = '{"version":2}';
    const binding = bindingWith({ 'kubeletaccess/granted-by': granters });
    const subjects = [{ subject: user('alice'), profiles: ['stats'], by: 'root' }];
    const { annotations } = withSubjectRecords(binding, subjects).metadata;
    assert.is(annotations?.['kubeletaccess/granted-by'], granters);
  });
});
