import * as assert from 'uvu/assert';
import { lackedBy, replacedBy, standInFor, standInName } from '../../src/rbac/stand-in.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const texts = fc.dictionary(
  fc.oneof(fc.constantFrom('kubeletaccess/subjects', 'app.kubernetes.io/managed-by'), fc.string()),
  fc.string(),
  { noNullPrototype: true },
);
const binding = fc.record({
  metadata: fc.record({ name: fc.string(), labels: texts, annotations: texts }),
  roleRef: fc.constant({
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'readers',
  }),
  subjects: fc.array(
    fc.record({ kind: fc.constantFrom('User', 'Group'), name: fc.constantFrom('a', 'b', 'c') }),
  ),
});

suite('the stand-in of a binding that is recreated', (test) => {
  test('has all that the binding is to have', () =>
    fc.assert(
      fc.property(binding, (wanted) => {
        const standIn = standInFor(wanted);
        assert.is(standIn.metadata.name, standInName(wanted.metadata.name));
        assert.equal([standIn.roleRef, standIn.subjects], [wanted.roleRef, wanted.subjects]);
        const { labels, annotations } = wanted.metadata;
        const replaced = replacedBy(standIn)?.metadata;
        assert.is(replaced?.name, wanted.metadata.name);
        assert.equal(
          [{ ...replaced?.labels }, { ...replaced?.annotations }],
          [{ ...labels }, { ...annotations }],
        );
        assert.equal(lackedBy(wanted, standIn), []);
      }),
      runs(1000),
    ));

  const { metadata, ...rest } = standInFor({
    metadata: { name: 'one', annotations: { 'kubeletaccess/profile': 'stats' } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'readers' },
    subjects: [{ kind: 'User', name: 'jane' }],
  });

  test('is none of another name, of somebody else, or with a record that cannot be read', () => {
    assert.ok(replacedBy({ ...rest, metadata }));
    const key = 'kubeletaccess/stands-in-for';
    for (const other of [
      { ...metadata, name: 'kubeletaccess:recreating:two' },
      { ...metadata, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      { ...metadata, annotations: {} },
      ...['', '[]', '{}', '{"name":1}', '{"name":"one","labels":{"a":1}}', '{"name":"two"}'].map(
        (text) => ({ ...metadata, annotations: { [key]: text } }),
      ),
    ])
      assert.is(replacedBy({ ...rest, metadata: other }), undefined, JSON.stringify(other));
  });

  test('tells who has its role by it alone', () => {
    const standIn = { ...rest, metadata };
    assert.equal(lackedBy({ ...rest, metadata, subjects: [] }, standIn), ['user:jane']);
    const roleRef = { ...rest.roleRef, name: 'writers' };
    assert.equal(lackedBy({ ...rest, metadata, roleRef }, standIn), ['user:jane']);
  });
});
