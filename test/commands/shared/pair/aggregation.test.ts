import type { ClusterRole } from '../../../../src/objects.ts';
import {
  binding,
  group,
  knownRole,
  label,
  ownMetadata,
  rbacRule,
  role,
  roleBinding,
  rule,
  user,
} from '../../../kit/rbac.ts';
import { suite } from '../../../kit/suite.ts';
import type { StoredObject } from '../../../sandbox/store.ts';
import { exists, fails, type Given, mayDo, play, ran } from './scenario.ts';

const toView = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
const statsRole = 'kubeletaccess:stats';

function aggregated(name: string, labels: Record<string, string>): ClusterRole & StoredObject {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
  return { ...role(name, [rule('pods')]), aggregationRule };
}

const view = [
  aggregated('view', toView),
  binding('devs', 'view', [group('devs')]),
  roleBinding('ns', 'readers', { name: 'view' }, [user('jane')]),
] as const;

const labelled =
  (name: string, labels: Record<string, string>): Given =>
  (sandbox) =>
    label(sandbox, 'clusterroles', name, labels);

suite('aggregated roles', (test) => {
  play(test, [
    {
      title: 'grant adds no rules to a role that other subjects have through an aggregated role',
      given: [exists(...view, role('R', [], { labels: toView }))],
      args: 'grant --role-name R',
      expected: fails(
        /^error: adding nodes\/proxy \(all verbs\), .* to ClusterRole R would also grant it to other subjects\nClusterRole view includes it by aggregation\n {2}ClusterRoleBinding devs refers to it\n {4}with group:devs\n {2}RoleBinding ns\/readers refers to it\n {4}with user:jane\nhint: re-run with --accept-wider /,
      ),
      afterwards: [{ args: 'grant --role-name R --accept-wider', expected: {} }],
    },
    {
      title:
        'grant does not repair a role of ours with an aggregation label, and accepts it if it is intact',
      given: [exists(...view), ran('grant'), labelled(knownRole, toView)],
      args: 'grant',
      expected: { stdout: / unchanged\n.* unchanged\n$/ },
      afterwards: [
        ({ store }) => {
          const found = store.get('clusterroles', knownRole);
          if (found) store.put('clusterroles', { ...found, rules: [] });
        },
        { args: 'grant', expected: fails(/\nClusterRole view includes it by aggregation\n/) },
      ],
    },
    {
      title: 'grant creates no role that an aggregated role selects by our labels',
      given: [
        exists(
          aggregated('all', { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' }),
          aggregated('more', { part: 'all' }),
          binding('everyone', 'all', [group('system:authenticated')]),
        ),
        labelled('all', { part: 'all' }),
      ],
      args: 'grant',
      expected: fails(
        /^error: creating ClusterRole system:kube-.*\nClusterRole all includes it by aggregation\n {2}ClusterRoleBinding everyone refers to it\n {4}with group:system:authenticated\nClusterRole more includes it by aggregation\nhint: /,
      ),
      afterwards: [
        {
          args: 'grant --accept-wider',
          expected: fails(
            /^error: group:system:authenticated would also get access through ClusterRoleBinding everyone and ClusterRole all: /,
          ),
        },
        { args: 'grant --accept-wider --force', expected: {} },
      ],
    },
    {
      title:
        'grant fails for a role with an aggregation label if roles cannot be listed, or else prints a note',
      given: [
        exists(role('R', [], { labels: toView }), role('S', [])),
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,create,update,bind,escalate'),
          rbacRule('clusterrolebindings,rolebindings'),
        ),
      ],
      args: 'grant --profile stats --subject user:jane --role-name R',
      as: 'dev',
      expected: fails(/\nit has an aggregation label, and clusterroles cannot be listed\n/),
      afterwards: [
        {
          args: 'grant --profile stats --subject user:jane --role-name S',
          as: 'dev',
          expected: {
            stderr:
              /\nnote: cannot check whether ClusterRole S is aggregated into others and would be granted through them: clusterroles\.\S+ is forbidden: User "dev" cannot list /,
          },
        },
      ],
    },
    {
      title:
        'revoke keeps a role of ours that other subjects have through an aggregated role, and names them',
      given: [
        exists(...view),
        ran('grant --profile stats --subject user:bob'),
        labelled(statsRole, toView),
      ],
      args: 'revoke --profile stats',
      expected: {
        stderr:
          /\n {2}ClusterRole kubeletaccess:stats kept: others have it through aggregation: ClusterRole view \(ClusterRoleBinding devs with group:devs, RoleBinding ns\/readers with user:jane\); --force deletes it\n/,
        roles: [statsRole, 'view'],
        bindings: ['devs'],
      },
      afterwards: [
        {
          // A role that remains without a binding is reported by each revoke.
          args: 'revoke --profile stats',
          expected: { stderr: 'kept: others have it through aggregation', objects: 'unchanged' },
        },
        {
          args: 'revoke --profile stats --force',
          expected: {
            stderr:
              '\n    also from ClusterRole view (ClusterRoleBinding devs with group:devs, RoleBinding ns/readers with user:jane)\n',
            roles: ['view'],
          },
        },
      ],
    },
    {
      title: 'revoke keeps a role with an aggregation label if roles cannot be listed',
      given: [
        exists(
          role(statsRole, [rule('nodes/stats')], {
            labels: { ...ownMetadata('bob').labels, ...toView },
          }),
          binding('bob', statsRole, [user('bob')], ownMetadata('bob')),
        ),
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,delete,update'),
          rbacRule('clusterrolebindings,rolebindings'),
          rule('*', '*'),
        ),
      ],
      args: 'revoke --profile stats',
      as: 'dev',
      expected: {
        stderr: 'kept: it has an aggregation label, and clusterroles cannot be listed',
        bindings: ['for-dev'],
      },
    },
  ]);
});
