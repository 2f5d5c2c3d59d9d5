import {
  binding,
  group,
  knownBinding,
  knownRole,
  pairRule,
  rbacRule,
  role,
  roleBinding,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { deleted, exists, fails, mayDo, play } from '../shared/pair/scenario.ts';

const asClient = 'grant --subject user:Kubernetes --allow-exec';
const rbacObjects = 'clusterroles,clusterrolebindings,rolebindings';

suite('grant, access of other subjects', (test) => {
  play(test, [
    {
      title: 'does not create a role that existing bindings would give to other subjects',
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
      title:
        'neither creates nor repairs a role that would give access to subjects that may never have it',
      given: [exists(binding(knownBinding, knownRole, [group('system:unauthenticated')]))],
      args: 'grant --accept-wider --force',
      expected: fails(
        /^error: group:system:unauthenticated would also get access through ClusterRoleBinding system:kube-apiserver, which is never allowed: /,
      ),
    },
    {
      title: 'notes that bindings were not checked if the caller may not list them',
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
      title: 'removes rules from a role of other creators or users only with --prune and --force',
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
          // This RoleBinding has the same name as the ClusterRoleBinding, but is another object.
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
      title: 'adds no rules for a caller who has escalate, but neither bind nor the permissions',
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
});
