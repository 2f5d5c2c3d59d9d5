import * as assert from 'uvu/assert';
import { isFailure } from '../../../src/errors.ts';
import { decodeItem, decodeObject } from '../../../src/kube/api-server/decode.ts';
import { type Kind, kinds } from '../../../src/kube/api-server/kinds.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

const asked = { method: 'GET', path: '/x' };
const rbac = 'rbac.authorization.k8s.io/v1';

const role = {
  kind: 'ClusterRole',
  apiVersion: rbac,
  metadata: { name: 'a', uid: 'u', labels: { a: 'b' }, generation: 4 },
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'], later: true }],
  later: { a: [null] },
};
const binding = {
  kind: 'ClusterRoleBinding',
  apiVersion: rbac,
  metadata: { name: 'a' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
  subjects: [{ kind: 'User', name: 'jane' }],
};
const node = {
  kind: 'Node',
  apiVersion: 'v1',
  metadata: { name: 'node-1' },
  status: {
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    nodeInfo: { machineID: 'x' },
  },
};
const review = {
  kind: 'SubjectAccessReview',
  apiVersion: 'authorization.k8s.io/v1',
  metadata: {},
  status: { allowed: true },
};

function problemOf(value: unknown, kind: Kind<unknown>): string | undefined {
  try {
    decodeObject(asked, value, kind);
    return undefined;
  } catch (error) {
    if (!isFailure(error, 'unreadable')) throw error;
    return error.message.replace(/^the API server answered GET \/x with /, '');
  }
}

suite('answers of the API server', (test) => {
  test('of another version are no items, whatever kind they have', () => {
    assert.ok(decodeItem({ ...role, kind: undefined }, kinds.ClusterRole, 0).decoded);
    for (const other of [{ apiVersion: 'rbac.authorization.k8s.io/v2' }, { kind: 'Role' }])
      assert.match(
        decodeItem({ ...role, ...other }, kinds.ClusterRole, 0).problem ?? '',
        /^items\[0\]: expected ClusterRole, got /,
      );
  });

  test('that are written back are the very object that was read', () => {
    assert.is(decodeObject(asked, role, kinds.ClusterRole), role);
    assert.is(decodeObject(asked, binding, kinds.ClusterRoleBinding), binding);
  });

  test('that are only read have the fields that are read', () => {
    assert.equal(decodeObject(asked, node, kinds.Node), {
      metadata: { name: 'node-1' },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], nodeInfo: {} },
    });
  });

  test('may have null in place of what is absent, as Go has it', () => {
    const nulls = {
      ...role,
      metadata: { ...role.metadata, labels: null, annotations: null, ownerReferences: null },
      rules: null,
      aggregationRule: null,
    };
    const decoded = decodeObject(asked, nulls, kinds.ClusterRole);
    assert.is(decoded.rules, undefined);
    assert.is(decoded.metadata.labels, undefined);
    assert.equal((decoded as unknown as typeof role).later, role.later);
    const noSubjects = { ...binding, subjects: null };
    assert.is(decodeObject(asked, noSubjects, kinds.ClusterRoleBinding).subjects, undefined);
  });

  test('may have names that the API server allows, however odd', () => {
    for (const name of [
      'system:a',
      'a b',
      "a'b",
      'ä',
      'a\nb',
      '...',
      'a/../b',
      'a%2fb',
      'A'.repeat(1000),
    ])
      assert.is(problemOf({ ...role, metadata: { name } }, kinds.ClusterRole), undefined);
  });

  const with_ = (object: object, more: object) => ({ ...object, ...more });
  for (const [value, kind, problem] of [
    [node, kinds.ClusterRole, `Node of v1, not ClusterRole of ${rbac}`],
    [
      with_(role, { apiVersion: 'v2' }),
      kinds.ClusterRole,
      `ClusterRole of v2, not ClusterRole of ${rbac}`,
    ],
    [
      with_(role, { apiVersion: null }),
      kinds.ClusterRole,
      `ClusterRole, not ClusterRole of ${rbac}`,
    ],
    [
      with_(role, { kind: 'A\nhint: b' }),
      kinds.ClusterRole,
      `an object of ${rbac}, not ClusterRole of ${rbac}`,
    ],
    [{}, kinds.Node, 'something other than a Kubernetes API object'],
    [[], kinds.Node, 'something other than a Kubernetes API object'],
    [null, kinds.Node, 'something other than a Kubernetes API object'],
    [
      { kind: role.kind, apiVersion: rbac },
      kinds.ClusterRole,
      'an unreadable ClusterRole: metadata is missing',
    ],
    [
      with_(role, { metadata: null }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: metadata is missing',
    ],
    [
      with_(role, { metadata: {} }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: metadata.name is missing',
    ],
    ...['', '.', '..'].map(
      (name) =>
        [
          with_(role, { metadata: { name } }),
          kinds.ClusterRole,
          'an unreadable ClusterRole: metadata.name: expected a name, got string',
        ] as const,
    ),
    [
      with_(role, { metadata: { name: '\ud800' } }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: metadata.name: expected Unicode text, got string',
    ],
    ...['A', 'a b', 'a:1', 'a\nb', 'a\u0000', 'a\u202eb', '-', 'a'.repeat(254)].map(
      (name) =>
        [
          with_(node, { metadata: { name } }),
          kinds.Node,
          'an unreadable Node: metadata.name: expected the name of a node, got string',
        ] as const,
    ),
    [
      with_(role, { metadata: { name: 'a', labels: { 'a b': 1 } } }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: metadata.labels["a b"]: expected string, got number',
    ],
    [
      with_(role, { rules: {} }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: rules: expected array, got object',
    ],
    [
      with_(role, { rules: [{}] }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: rules[0].verbs is missing',
    ],
    [
      with_(role, { rules: [null] }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: rules[0]: expected object, got null',
    ],
    [
      with_(role, { rules: [{ verbs: 'get' }] }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: rules[0].verbs: expected array, got string',
    ],
    [
      with_(role, { rules: [{ verbs: ['get', 1] }] }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: rules[0].verbs[1]: expected string, got number',
    ],
    [
      with_(role, { later: JSON.parse('['.repeat(60) + ']'.repeat(60)) }),
      kinds.ClusterRole,
      'an unreadable ClusterRole: it: nested too deeply',
    ],
    [
      { kind: binding.kind, apiVersion: rbac, metadata: role.metadata },
      kinds.ClusterRoleBinding,
      'an unreadable ClusterRoleBinding: roleRef is missing',
    ],
    [
      with_(binding, { roleRef: { ...binding.roleRef, name: {} } }),
      kinds.ClusterRoleBinding,
      'an unreadable ClusterRoleBinding: roleRef.name: expected string, got object',
    ],
    [
      with_(binding, { subjects: ['jane'] }),
      kinds.ClusterRoleBinding,
      'an unreadable ClusterRoleBinding: subjects[0]: expected object, got string',
    ],
    [
      with_(node, { status: { daemonEndpoints: { kubeletEndpoint: { Port: '1' } } } }),
      kinds.Node,
      'an unreadable Node: status.daemonEndpoints.kubeletEndpoint.Port: expected number, got string',
    ],
    [
      with_(node, { status: { daemonEndpoints: { kubeletEndpoint: { Port: 2 ** 40 } } } }),
      kinds.Node,
      'an unreadable Node: status.daemonEndpoints.kubeletEndpoint.Port: expected a 32-bit integer, got number',
    ],
    [
      with_(review, { status: {} }),
      kinds.SubjectAccessReview,
      'an unreadable SubjectAccessReview: status.allowed is missing',
    ],
    [
      with_(review, { status: { allowed: 'true' } }),
      kinds.SubjectAccessReview,
      'an unreadable SubjectAccessReview: status.allowed: expected boolean, got string',
    ],
    [
      { kind: 'Status', apiVersion: 'v1', status: 'Failure' },
      kinds.deletion,
      'an unreadable Status: status: expected "Success", got string',
    ],
    [node, kinds.deletion, 'Node of v1, not Status of v1'],
  ] as const satisfies readonly (readonly [unknown, Kind<unknown>, string])[])
    test(`that are not as expected say where: ${problem.slice(0, 120)}`, () => {
      assert.is(problemOf(value, kind), problem);
    });

  test('may be wrong in more places than fit a stack', () => {
    const rules = Array.from({ length: 300_000 }, () => 1);
    const problem = problemOf({ ...role, rules }, kinds.ClusterRole);
    assert.match(problem ?? '', /^an unreadable ClusterRole: (?:it: most fields|rules\[0\]: )/);
  });

  test('to a DELETE are a Status, or the object', () => {
    assert.is(
      problemOf({ kind: 'Status', apiVersion: 'v1', status: 'Success' }, kinds.deletion),
      undefined,
    );
    assert.is(problemOf(role, kinds.deletion), undefined);
  });

  test('never end in anything but an object or a sentence, whatever JSON they are', () => {
    const anyKind = fc.constantFrom<Kind<unknown>>(...Object.values(kinds));
    fc.assert(
      fc.property(anyKind, fc.jsonValue(), fc.object(), (kind, json, object) => {
        const head = { kind: kind.kind, apiVersion: kind.apiVersion };
        for (const value of [json, object, { ...object, ...head }, { ...head, metadata: json }]) {
          const problem = problemOf(value, kind);
          if (problem !== undefined) assert.not.match(problem, /undefined|\[object|NaN|\n/);
          const { decoded, problem: why } = decodeItem(value, kind, 3);
          assert.ok(decoded !== undefined || /items\[3\]/.test(why));
        }
      }),
      runs(2000),
    );
  });
});
