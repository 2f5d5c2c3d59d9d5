import * as assert from 'uvu/assert';
import {
  binding,
  bindingIn,
  group,
  knownBinding,
  knownRole,
  pairRule,
  put,
  rbacRule,
  recorded,
  role,
  roleBinding,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { deleted, exists, fails, isUsageError, mayDo, play } from '../shared/pair/scenario.ts';

const asClient = 'grant --subject user:Kubernetes --allow-exec';
const kubeletApiAdmin = 'system:kubelet-api-admin';
const rbacObjects = 'clusterroles,clusterrolebindings,rolebindings';
const move = 'grant --recreate --all-subjects';
const kubernetes = user('Kubernetes');

suite('grant, side effects', (test) => {
  play(test, [
    ...[
      ['--node', 'node-1'],
      ['--role-name', 'other'],
    ].map(([flag, value]) => ({
      title: `neither limits nor renames the cluster's own role: --profile builtin ${flag}`,
      given: [exists(role(kubeletApiAdmin, [pairRule]))],
      args: `grant --profile builtin --subject user:jane --allow-exec ${flag} ${value}`,
      expected: isUsageError(`ClusterRole ${kubeletApiAdmin}`),
    })),
    {
      title: 'creates no role that other bindings would grant to others',
      given: [
        exists(
          binding('old', knownRole, [user('mallory'), group('system:authenticated')]),
          binding(knownBinding, knownRole, [user('kubernetes')]),
        ),
      ],
      args: 'grant',
      expected: fails(
        /^error: creating ClusterRole system:kube-apiserver-to-kubelet would also grant nodes\/proxy,.* \(all verbs\) to other subjects\nClusterRoleBinding old refers to it\n {2}with user:mallory, group:system:authenticated\nhint: re-run with --accept-wider/,
      ),
      afterwards: [
        {
          args: 'grant --accept-wider',
          expected: fails(/^error: group:system:authenticated would also get access through /),
        },
        {
          args: 'grant --accept-wider --force',
          expected: { stderr: '\n    also for user:kubernetes, already in the binding\n' },
        },
      ],
    },
    {
      title: 'creates or repairs no role for subjects that may never have access',
      given: [exists(binding(knownBinding, knownRole, [group('system:unauthenticated')]))],
      args: 'grant --accept-wider --force',
      expected: fails(
        /^error: group:system:unauthenticated would also get access through ClusterRoleBinding system:kube-apiserver, which is never allowed: /,
      ),
    },
    {
      title: 'notes that a caller who may not list bindings cannot check them',
      given: [
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,create,bind,escalate'),
          rbacRule('clusterrolebindings', 'get,create'),
        ),
      ],
      args: asClient,
      as: 'dev',
      expected: {
        stderr:
          /\nnote: cannot check whether other bindings already refer to ClusterRole system:kube-apiserver-to-kubelet and would grant it to others: clusterrolebindings\.\S+ is forbidden: User "dev" cannot list /,
      },
    },
    {
      title: 'moves no subject with --recreate that may never have access',
      given: [exists(binding(knownBinding, 'view', [group('system:authenticated'), user('jane')]))],
      args: move,
      expected: fails(
        /through the recreated binding: it is the group of every authenticated user\n/,
      ),
      afterwards: [
        {
          args: `${move} --force`,
          expected: {
            stderr:
              '\n  + subject group:system:authenticated\n  + subject user:jane\n  + subject user:Kubernetes\n',
          },
        },
        ...[user('system:anonymous'), group('system:nodes')].flatMap((subject) => [
          exists(binding(knownBinding, 'view', [subject])),
          {
            args: `${move} --force`,
            expected: fails(
              /would also get access through the recreated binding, which is never allowed: /,
            ),
          },
        ]),
      ],
    },
    {
      title: 'treats the subjects of a binding of another role as new to a role that allows more',
      given: [
        exists(
          role(knownRole, [pairRule, rule('secrets', '*')]),
          binding(knownBinding, 'view', [kubernetes]),
        ),
      ],
      args: 'grant --recreate',
      expected: fails(/allows more than the profile\nextra rule: secrets \(all verbs\)\n/),
      afterwards: [{ args: 'grant --recreate --accept-wider', expected: {} }],
    },
    {
      title: 'removes rules with --prune from a role of others, or from others, only with --force',
      given: [exists(role('ops', [rule('secrets'), pairRule]))],
      args: 'grant --role-name ops --prune',
      expected: fails(
        /^error: ClusterRole ops was not created by kubectl-kubeletaccess, and --prune would remove secrets get\n/,
      ),
      afterwards: [
        exists(
          role(knownRole, [rule('secrets'), pairRule]),
          binding('ops', knownRole, [group('ops')]),
        ),
        {
          args: 'grant --prune',
          expected: fails(/\nClusterRoleBinding ops refers to ClusterRole system:kube-/),
        },
        { args: 'grant --prune --force', expected: {} },
        deleted('clusterrolebindings', 'ops'),
        exists(
          role(knownRole, [rule('secrets'), pairRule]),
          // Of its own name, and in a namespace it is another.
          roleBinding('apps', knownBinding, { name: knownRole }, [group('ops')]),
        ),
        {
          args: 'grant --prune',
          expected: fails(/\nRoleBinding apps\/system:kube-apiserver refers to ClusterRole /),
        },
      ],
    },
    {
      title: 'adds rules to a built-in role only with --force',
      given: [
        exists(
          role('system:monitoring', [rule('nodes/metrics')], {
            labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
          }),
        ),
      ],
      args: 'grant --role-name system:monitoring --profile stats --subject user:jane --accept-wider',
      expected: fails(
        /^error: ClusterRole system:monitoring is a built-in role and would be changed\n/,
      ),
    },
    {
      title: 'adds no rules by escalate for a binding that lacks bind',
      given: [
        exists(role(knownRole, [rule('nodes/stats', '*')])),
        mayDo(
          'dev',
          rbacRule(rbacObjects, 'get,list,create,update'),
          rbacRule('clusterroles', 'escalate'),
          rule('nodes/stats', '*'),
        ),
      ],
      args: asClient,
      as: 'dev',
      expected: fails(
        /would be denied: you have neither "bind" on ClusterRole .*\nmissing: nodes\/pr/,
      ),
      afterwards: [
        mayDo(
          'dev',
          rbacRule(rbacObjects, 'get,list,create,update'),
          rbacRule('clusterroles', 'escalate,bind'),
          rule('nodes/stats', '*'),
        ),
        { args: asClient, as: 'dev', expected: {} },
      ],
    },
  ]);

  test('moves recorded subjects only with --all-subjects, and keeps other annotations', () =>
    withSandbox(async (sandbox, tool) => {
      const annotations = { note: 'y', ...recorded({ 'user:eve': {} }) };
      const subjects = [user('eve'), kubernetes];
      put(sandbox, binding(knownBinding, 'view', subjects, { labels: { team: 'x' }, annotations }));
      const denied = await tool(['grant', '--recreate']);
      assert.is(denied.code, 1);
      assert.match(denied.stderr, /\nsubject user:eve has it\n/);
      assert.is((await tool(move.split(' '))).code, 0);
      const created = bindingIn(sandbox, knownBinding);
      assert.equal(created?.subjects, subjects);
      assert.equal(created?.metadata?.labels, {
        'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess',
        team: 'x',
      });
      assert.equal(created?.metadata?.annotations, {
        note: 'y',
        ...recorded({ 'user:eve': {}, 'user:Kubernetes': { by: 'user:admin' } }, 'apiserver'),
      });
    }));

  test('deletes no binding that the caller could not recreate or restore', () =>
    withSandbox(async (sandbox, tool) => {
      const recreate = (...more: string[]) =>
        tool([...asClient.split(' '), '--recreate', ...more], 'dev');
      put(
        sandbox,
        role(knownRole, [pairRule]),
        role('view', [rule('pods')]),
        binding(knownBinding, 'view', [kubernetes]),
      );
      const before = bindingIn(sandbox, knownBinding);
      const writes = rbacRule(rbacObjects, 'get,list,create,update,delete');
      allow(sandbox, 'dev', [writes]);
      const neither = await recreate();
      assert.is(neither.code, 1);
      assert.match(neither.stderr, /\nmissing: nodes\/proxy \(all verbs\)\n/);
      assert.not.match(neither.stderr, 'kubectl apply');
      allow(sandbox, 'dev', [writes, pairRule]);
      const last = await recreate();
      assert.is(last.code, 1);
      assert.match(
        last.stderr,
        /\nif recreating ClusterRoleBinding system:kube-apiserver failed, you could not restore it\nmissing: pods get\n/,
      );
      allow(sandbox, 'dev', [rbacRule('*', 'get,list,delete')]);
      const dry = await recreate('--dry-run=server');
      assert.is(dry.code, 1);
      assert.match(dry.stderr, /cannot create resource "clusterrolebindings"/);
      assert.equal(bindingIn(sandbox, knownBinding), before);
      allow(sandbox, 'dev', [writes, pairRule, rule('pods')]);
      assert.is((await recreate()).code, 0);
    }));
});
