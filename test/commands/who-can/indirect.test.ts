import * as assert from 'uvu/assert';
import type { PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { account, binding, group, put, rbacRule, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredObject } from '../../sandbox/store.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

function bind(sandbox: Sandbox, rule: PolicyRule, subject: RbacSubject): void {
  put(sandbox, role('tried', [rule]), binding('tried', 'tried', [subject]));
}

function bindInShop(
  sandbox: Sandbox,
  namespace: string,
  rules: PolicyRule[],
  subject: RbacSubject,
) {
  const metadata = { name: 'local', namespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'local' };
  put(
    sandbox,
    { apiVersion, kind: 'Role', metadata, rules } as StoredObject,
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: [subject] } as StoredObject,
  );
}

function agents(sandbox: Sandbox): void {
  put(sandbox, role('reads', [rule('nodes/proxy')]));
  put(sandbox, binding('reads', 'reads', [account('agent', 'shop')]));
}

async function rowsOf(tool: Tool, subject = 'user:eve') {
  const args = ['who-can', 'indirect', '--subject', subject, '-o', 'json'];
  const { code, stdout, stderr } = await tool(args);
  assert.is(code, 0, stderr);
  const list = JSON.parse(stdout) as { items: Record<string, unknown>[] };
  assert.equal(schemaErrors('docs/schemas/KubeletIndirectSubjectList.schema.json', list), []);
  return list.items;
}

const only = (...resourceNames: string[]) => ({ resourceNames });
const signers = (names: string[] = []) =>
  rule('signers', 'approve', { apiGroups: ['certificates.k8s.io'], ...only(...names) });

const agent = 'serviceaccount:shop:agent';

suite('who-can indirect', (test) => {
  for (const [name, given, expected] of [
    ['escalate roles', rbacRule('clusterroles', 'escalate'), 'escalate: any permission'],
    ['bind roles', rbacRule('clusterroles', 'bind'), 'bind: any role'],
    [
      'bind one role',
      { ...rbacRule('clusterroles', 'bind'), ...only('reads') },
      'bind: role reads',
    ],
    ['bind a role without access', { ...rbacRule('*', 'bind'), ...only('view') }, undefined],
    ['escalate Roles', rbacRule('roles', 'escalate'), 'escalate: any service account'],
    ['bind Roles', rbacRule('roles', 'bind'), 'bind: any service account'],
    ['read Secrets', rule('secrets', 'list'), 'secret: any token secret'],
    ['read one Secret', rule('secrets', 'get', only('token')), 'secret: secret token'],
    ['create Secrets', rule('secrets', 'create'), undefined],
    ['create bindings', rbacRule('clusterrolebindings', 'create'), undefined],
    ['impersonate users', rule('users', 'impersonate'), 'impersonate: any user'],
    ['impersonate a user without access', rule('users', 'impersonate', only('jane')), undefined],
    [
      'impersonate the user name of a service account',
      rule('users', 'impersonate', only('system:serviceaccount:shop:agent')),
      `impersonate: ${agent}`,
    ],
    [
      'impersonate group system:masters',
      rule('groups', 'impersonate', only('system:masters')),
      'impersonate: group:system:masters',
    ],
    [
      'impersonate a user, with the verb of 1.36',
      rule('users', 'impersonate:user-info', {
        apiGroups: ['authentication.k8s.io'],
        ...only('system:serviceaccount:shop:agent'),
      }),
      `impersonate: ${agent}`,
    ],
    [
      'impersonate service accounts',
      rule('serviceaccounts', 'impersonate'),
      'impersonate: any service account',
    ],
    [
      'impersonate a service account',
      rule('serviceaccounts', 'impersonate', only('agent')),
      `impersonate: ${agent}`,
    ],
    ['get tokens', rule('serviceaccounts/token', 'create'), 'token: any service account'],
    ['get useless tokens', rule('serviceaccounts/token', 'create', only('web')), undefined],
    ['exec in pods', rule('pods/exec', 'create'), 'exec: any pod'],
    ['exec in pods, by */exec', rule('*/exec', 'get'), 'exec: any pod'],
    ['exec in one pod', rule('pods/exec', 'create', only('web')), 'exec: pod web'],
    ['debug pods', rule('pods/ephemeralcontainers', 'patch'), 'exec: any pod'],
    ['read logs of pods', rule('pods/log', '*'), undefined],
    ['approve certificates', signers(), 'approve: a certificate for any user'],
    [
      'approve certificates of a domain',
      signers(['kubernetes.io/*']),
      'approve: a certificate for any user',
    ],
    ['approve serving certificates', signers(['kubernetes.io/kubelet-serving']), undefined],
    [
      'do everything',
      rule('*', '*', { apiGroups: ['*'] }),
      'escalate,bind,impersonate,approve,token,secret,exec: any permission, any service account, any role, any user, any group, a certificate for any user, any token secret, any pod',
    ],
  ] as const)
    test(`${expected ? 'lists' : 'does not list'} a subject that may ${name}`, () =>
      withSandbox({ nodes: [] }, async (sandbox, tool) => {
        agents(sandbox);
        bind(sandbox, given as PolicyRule, user('eve'));
        const [row] = await rowsOf(tool);
        assert.is(row && `${row['means']}: ${row['gain']}`, expected);
      }));

  test('lists a RoleBinding if a service account of its namespace reaches kubelets', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      const rules = [rule('serviceaccounts', 'impersonate'), rbacRule('clusterroles', 'escalate')];
      bindInShop(sandbox, 'shop', rules, user('eve'));
      assert.equal(await rowsOf(tool), []);
      agents(sandbox);
      bindInShop(sandbox, 'other', rules, user('eve'));
      const [row, ...more] = await rowsOf(tool);
      assert.equal([row?.['means'], row?.['gain'], more], [['impersonate'], agent, []]);
      assert.is(row?.['namespace'], 'shop');
      assert.equal(row?.['permissions'], ['serviceaccounts impersonate']);
      // If the subject of a RoleBinding is a service account without a namespace, its namespace is the namespace of the RoleBinding.
      bindInShop(sandbox, 'shop', rules, account('ci'));
      assert.is((await rowsOf(tool, 'serviceaccount:shop:ci')).length, 1);
      // This group includes every service account of its namespace.
      put(sandbox, binding('reads', 'reads', [group('system:serviceaccounts:other')]));
      const [other] = await rowsOf(tool);
      assert.is(other?.['gain'], 'group:system:serviceaccounts:other');
    }));

  for (const [name, given, expected] of [
    ['bind ClusterRoles', rbacRule('clusterroles', 'bind'), 'bind'],
    ['bind a ClusterRole', { ...rbacRule('clusterroles', 'bind'), ...only('tokens') }, 'bind'],
    // A RoleBinding to this role gives no access to kubelets, because nodes have no namespace.
    ['bind a role for nodes', { ...rbacRule('clusterroles', 'bind'), ...only('reads') }, undefined],
    ['bind Roles', rbacRule('roles', 'bind'), 'bind'],
    ['bind a Role', { ...rbacRule('roles', 'bind'), ...only('tokens') }, 'bind'],
    ['bind a Role without access', { ...rbacRule('roles', 'bind'), ...only('local') }, undefined],
    ['escalate Roles', rbacRule('roles', 'escalate'), 'escalate'],
    ['escalate ClusterRoles', rbacRule('clusterroles', 'escalate'), undefined],
    ['read Secrets', rule('secrets'), 'secret'],
  ] as const)
    test(`${expected ? 'lists' : 'does not list'} a subject that may ${name} in the namespace of an agent`, () =>
      withSandbox({ nodes: [] }, async (sandbox, tool) => {
        agents(sandbox);
        const tokens = role('tokens', [rule('serviceaccounts/token', 'create')]);
        const metadata = { name: 'tokens', namespace: 'shop' };
        put(sandbox, tokens, { ...tokens, kind: 'Role', metadata });
        bindInShop(sandbox, 'shop', [given as PolicyRule], user('eve'));
        const [row] = await rowsOf(tool);
        assert.equal(row?.['means'], expected === undefined ? undefined : [expected]);
      }));

  test('lists subjects that can act as a service account that can itself gain access', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      put(sandbox, role('raises', [rbacRule('clusterroles', 'escalate')]));
      put(sandbox, binding('raises', 'raises', [account('deployer', 'ci')]));
      bindInShop(sandbox, 'ci', [rule('serviceaccounts/token', 'create')], user('eve'));
      const [row] = await rowsOf(tool);
      assert.equal([row?.['means'], row?.['gain']], [['token'], 'serviceaccount:ci:deployer']);
      // The role `raises` gives no access to kubelets, but lets a subject gain it.
      bind(sandbox, { ...rbacRule('clusterroles', 'bind'), ...only('raises') }, user('eve'));
      assert.ok((await rowsOf(tool)).some((each) => each['gain'] === 'role raises'));
      put(sandbox, role('reads', [rule('nodes/proxy')]));
      put(sandbox, binding('reads', 'reads', [group('system:serviceaccounts:team')]));
      for (const given of [
        rule('serviceaccounts/token', 'create', only('runner')),
        rule('users', 'impersonate', only('system:serviceaccount:team:runner')),
      ]) {
        bind(sandbox, given, user('bob'));
        assert.is((await rowsOf(tool, 'user:bob')).length, 1, JSON.stringify(given));
      }
    }));

  test('lists the groups that include the service account of --subject', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      put(sandbox, role('reads', [rule('nodes/proxy')]));
      put(sandbox, binding('reads', 'reads', [group('system:serviceaccounts:team')]));
      const args = ['who-can', 'stats', '--no-headers', '--subject', 'serviceaccount:team:runner'];
      assert.match((await tool(args)).stdout, /^group:system:serviceaccounts:team /);
    }));

  test('prints a note on what it does not list, even if no subject can gain access', () =>
    withSandbox({ nodes: [] }, async (_, tool) => {
      const { stderr, stdout } = await tool(['who-can', 'indirect', '--subject', 'user:eve']);
      assert.is(stdout, '');
      assert.is(
        stderr,
        'no subjects found\nnote: no binding names user:eve\nnote: not listed: who can create pods in the namespace of a service account, and so use that account\nnote: group:system:masters may do everything, and is not listed\n',
      );
    }));

  test('names the missing permission if the caller may not list Roles', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      bind(sandbox, rbacRule('clusterroles,clusterrolebindings', 'list'), user('dev'));
      const { code, stderr } = await tool(['who-can', 'indirect'], 'dev');
      assert.is(code, 1);
      assert.match(stderr, /cannot list resource "roles"|list roles/);
    }));
});
