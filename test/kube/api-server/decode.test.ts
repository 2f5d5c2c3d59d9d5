import * as assert from 'uvu/assert';
import { isFailure } from '../../../src/errors.ts';
import { decodeItem, decodeObject } from '../../../src/kube/api-server/decode.ts';
import { type Kind, kinds } from '../../../src/kube/api-server/kinds.ts';
import type { Fields } from '../../../src/text/fields.ts';
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

suite('responses of the API server', (test) => {
  test('may have items without a kind, but not items of another version or kind', () => {
    assert.ok(decodeItem({ ...role, kind: undefined }, kinds.ClusterRole, 0).decoded);
    for (const other of [{ apiVersion: 'rbac.authorization.k8s.io/v2' }, { kind: 'Role' }])
      assert.match(
        decodeItem({ ...role, ...other }, kinds.ClusterRole, 0).problem ?? '',
        /^items\[0\]: expected ClusterRole, got /,
      );
  });

  test('keep all their fields if the object is written back', () => {
    assert.is(decodeObject(asked, role, kinds.ClusterRole), role);
    assert.is(decodeObject(asked, binding, kinds.ClusterRoleBinding), binding);
  });

  test('lose what their managers own, which may be nested to any depth', () => {
    const fieldsV1: unknown = JSON.parse(`${'{"f:a":'.repeat(5000)}{}${'}'.repeat(5000)}`);
    for (const [object, kind] of [
      [role, kinds.ClusterRole],
      [binding, kinds.RoleReference],
    ] as const) {
      const managedFields = [{ manager: 'kubectl', fieldsV1 }, 7];
      const owned = { ...object, kind: kind.kind, metadata: { ...object.metadata, managedFields } };
      const { metadata } = decodeObject<{ metadata: object }>(asked, owned, kind);
      if (kind === kinds.ClusterRole)
        assert.equal((metadata as Fields)['managedFields'], [{ manager: 'kubectl' }, 7]);
    }
  });

  test('lose fields that the program does not read, if the object is not written back', () => {
    assert.equal(decodeObject(asked, node, kinds.Node), {
      metadata: { name: 'node-1' },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], nodeInfo: {} },
    });
  });

  test('may have null in place of an absent field, as in Go', () => {
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

  test('may have any name that the API server allows', () => {
    const names = "system:a|a b|a'b|ä|a\nb|...|a/../b|a%2fb".split('|');
    for (const name of [...names, 'A'.repeat(1000)])
      assert.is(problemOf({ ...role, metadata: { name } }, kinds.ClusterRole), undefined);
  });

  const noObject = 'something other than a Kubernetes API object';
  const others: [value: unknown, kind: Kind<unknown>, problem: string][] = [
    [node, kinds.ClusterRole, `Node of v1, not ClusterRole of ${rbac}`],
    [node, kinds.deletion, 'Node of v1, not Status of v1'],
    [
      { ...role, apiVersion: 'v2' },
      kinds.ClusterRole,
      `ClusterRole of v2, not ClusterRole of ${rbac}`,
    ],
    [{ ...role, apiVersion: null }, kinds.ClusterRole, `ClusterRole, not ClusterRole of ${rbac}`],
    [
      { ...role, kind: 'A\nhint: b' },
      kinds.ClusterRole,
      `an object of ${rbac}, not ClusterRole of ${rbac}`,
    ],
    [{}, kinds.Node, noObject],
    [[], kinds.Node, noObject],
    [null, kinds.Node, noObject],
  ];
  const port = (Port: unknown) => ({ status: { daemonEndpoints: { kubeletEndpoint: { Port } } } });
  const deep: unknown = JSON.parse('['.repeat(60) + ']'.repeat(60));
  const unreadable: readonly [
    object,
    Kind<unknown>,
    readonly (readonly [change: object, problem: string])[],
  ][] = [
    [
      role,
      kinds.ClusterRole,
      [
        [{ metadata: null }, 'metadata is missing'],
        [{ metadata: {} }, 'metadata.name is missing'],
        ...['', '.', '..'].map(
          (name) => [{ metadata: { name } }, 'metadata.name: expected a name, got string'] as const,
        ),
        [{ metadata: { name: '\ud800' } }, 'metadata.name: expected Unicode text, got string'],
        [
          { metadata: { name: 'a', labels: { 'a b': 1 } } },
          'metadata.labels["a b"]: expected string, got number',
        ],
        [{ rules: [{}] }, 'rules[0].verbs is missing'],
        [{ rules: [null] }, 'rules[0]: expected object, got null'],
        [{ rules: [{ verbs: ['get', 1] }] }, 'rules[0].verbs[1]: expected string, got number'],
        [{ later: deep }, 'it: nested too deeply'],
      ],
    ],
    [
      binding,
      kinds.ClusterRoleBinding,
      [
        [{ roleRef: null }, 'roleRef is missing'],
        [
          { roleRef: { ...binding.roleRef, name: {} } },
          'roleRef.name: expected string, got object',
        ],
        [{ subjects: ['jane'] }, 'subjects[0]: expected object, got string'],
      ],
    ],
    [
      node,
      kinds.Node,
      [
        ...['A', 'a b', 'a:1', 'a\nb', 'a\u0000', 'a\u202eb', '-', 'a'.repeat(254)].map(
          (name) =>
            [
              { metadata: { name } },
              'metadata.name: expected the name of a node, got string',
            ] as const,
        ),
        [port('1'), 'status.daemonEndpoints.kubeletEndpoint.Port: expected number, got string'],
        [
          port(2 ** 40),
          'status.daemonEndpoints.kubeletEndpoint.Port: expected a 32-bit integer, got number',
        ],
      ],
    ],
    [
      review,
      kinds.SubjectAccessReview,
      [
        [{ status: {} }, 'status.allowed is missing'],
        [{ status: { allowed: 'true' } }, 'status.allowed: expected boolean, got string'],
      ],
    ],
    [
      { kind: 'Status', apiVersion: 'v1' },
      kinds.deletion,
      [[{ status: 'Failure' }, 'status: expected "Success", got string']],
    ],
  ];
  for (const [good, kind, changes] of unreadable)
    for (const [change, problem] of changes)
      others.push([{ ...good, ...change }, kind, `an unreadable ${kind.kind}: ${problem}`]);
  for (const [value, kind, problem] of others)
    test(`are rejected with the reason: ${problem}`, () =>
      assert.is(problemOf(value, kind), problem));

  test('may have so much invalid content that a recursive check would overflow the stack', () => {
    const rules = Array.from({ length: 300_000 }, () => 1);
    const problem = problemOf({ ...role, rules }, kinds.ClusterRole);
    assert.match(problem ?? '', /^an unreadable ClusterRole: (?:it: most fields|rules\[0\]: )/);
  });

  test('may be a Status or the deleted object if the request is DELETE', () => {
    assert.is(
      problemOf({ kind: 'Status', apiVersion: 'v1', status: 'Success' }, kinds.deletion),
      undefined,
    );
    assert.is(problemOf(role, kinds.deletion), undefined);
  });

  test('give an object or a readable error, whatever their JSON', () => {
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
