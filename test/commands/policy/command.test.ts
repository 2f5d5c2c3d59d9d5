import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { givesNodesProxy, proxyPolicies } from '../../../src/commands/policy/proxy-policy.ts';
import { binding, everything, group, ownMetadata, put, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validationActions?: readonly string[];
  };
}

/** Returns the list that a variable of the policy contains. `part` selects the policy for roles or for bindings. */
function listOf(policies: readonly Policy[], part: 'roles' | 'bindings', name: string): string[] {
  const policy = policies.find(
    ({ kind, metadata }) =>
      kind === 'ValidatingAdmissionPolicy' && metadata.name === `kubeletaccess-nodes-proxy-${part}`,
  );
  const found = policy?.spec.variables?.find((each) => each.name === name);
  return JSON.parse(found?.expression ?? 'null');
}

suite('policy', (test) => {
  test('allows the roles and subjects that already have nodes/proxy, and the names of --allow', () =>
    withSandbox(async (sandbox, tool) => {
      put(
        sandbox,
        role('agent', [rule('nodes/proxy')]),
        role('reader', [rule('nodes/metrics')]),
        role('cluster-admin', [everything]),
        binding('cluster-admin', 'cluster-admin', [group('system:masters')]),
        binding('agent', 'agent', [{ kind: 'ServiceAccount', namespace: 'a', name: 'agent' }]),
        binding('reader', 'reader', [user('reader')]),
        binding(
          'kubeletaccess:apiserver-full:user:ann',
          'kubeletaccess:apiserver-full',
          [user('ann')],
          ownMetadata({ expires: '2020-01-01T00:00:00Z' }),
        ),
        role('one', [rule('nodes/proxy', 'get', { resourceNames: ['node-1'] })]),
        binding('one', 'one', [user('eve')]),
        binding('odd', 'agent', [{ ...user('bob'), namespace: ':oidc' }]),
      );
      const { code, stdout, stderr } = await tool([
        ...[
          'policy',
          '--allow',
          'clusterrole/new,clusterrole/reader,agents/datadog',
          '--allow',
          'user:jane',
        ],
      ]);
      assert.is(code, 0, stderr);
      const policies = loadAll(stdout) as unknown as readonly Policy[];
      assert.equal(
        policies.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
        ['roles', 'bindings'].flatMap((part) => [
          `ValidatingAdmissionPolicy/kubeletaccess-nodes-proxy-${part}`,
          `ValidatingAdmissionPolicyBinding/kubeletaccess-nodes-proxy-${part}`,
        ]),
      );
      assert.equal(
        policies.flatMap(({ spec }) => spec.validationActions ?? []),
        ['Deny', 'Deny'],
      );
      for (const part of ['roles', 'bindings'] as const) {
        const roles = listOf(policies, part, 'roles');
        assert.equal(
          ['agent', 'cluster-admin', 'new', 'reader'].map((name) => roles.includes(name)),
          [true, true, true, true],
        );
      }
      assert.not.ok(listOf(policies, 'roles', 'roles').includes('one'));
      assert.ok(listOf(policies, 'bindings', 'roles').includes('one'));
      const subjects = listOf(policies, 'bindings', 'subjects');
      for (const subject of [
        'ServiceAccount:a:agent',
        'Group::system:masters',
        'ServiceAccount:agents:datadog',
        'User::jane',
        'User::bob',
      ])
        assert.ok(subjects.includes(subject), subject);
      for (const subject of ['User::reader', 'User::ann', 'User::eve', 'User::oidc:bob'])
        assert.not.ok(subjects.includes(subject), subject);
      assert.match(
        stderr,
        'note: bound to ClusterRole reader already, and allowed what it allows: user:reader\n',
      );
      // The names of objects are valid in RBAC, even if a shell would run them.
      assert.not.match(stdout, /kubectl[^'\n]*' \+/);
      assert.match(stderr, /^note: allowed, as they have nodes\/proxy now: \d+ ClusterRoles and /);
    }));

  test('--action=warn prints policies that warn but do not deny', () =>
    withSandbox(async (_, tool) => {
      const { stdout } = await tool(['policy', '--action=warn']);
      const policies = loadAll(stdout) as unknown as readonly Policy[];
      assert.equal(
        policies.flatMap(({ spec }) => spec.validationActions ?? []),
        ['Warn', 'Audit', 'Warn', 'Audit'],
      );
    }));

  test('interprets wildcards in rules as RBAC does', () => {
    const gives = (groups: string[], resources: string[], verbs = ['get']) =>
      givesNodesProxy([{ apiGroups: groups, resources, verbs }]);
    for (const resources of [['nodes/proxy'], ['*'], ['*/proxy'], ['pods', '*']])
      for (const groups of [[''], ['*'], ['apps', '*']]) assert.ok(gives(groups, resources));
    for (const resources of [['nodes/*'], ['*/*'], ['nodes'], ['pods/proxy'], []])
      assert.not(gives(['', '*'], resources));
    assert.not(gives(['apps'], ['*']));
    assert.not(gives([''], ['*'], []));
    assert.not(givesNodesProxy([{ nonResourceURLs: ['*'], verbs: ['*'] }]));
  });

  test('fails if there are more names than a CEL expression can hold', () => {
    const roles = Array.from({ length: 5_000 }, (_, index) => `a-role-of-some-length-${index}`);
    assert.throws(
      () => proxyPolicies({ roles, limited: [], subjects: [] }, 'deny'),
      /a policy cannot name 5000 roles or subjects/,
    );
  });

  test('escapes names so that CEL reads them unchanged', () => {
    const name = 'it\'s "quoted" \\ \u0007 \u2028 日本';
    const [policy] = proxyPolicies({ roles: [name], limited: [], subjects: [] }, 'deny') as [
      Policy,
    ];
    assert.equal(listOf([policy], 'roles', 'roles'), [name]);
  });
});
