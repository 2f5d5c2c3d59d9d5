import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import {
  account,
  binding,
  everything,
  group,
  knownBinding,
  knownRole,
  ownMetadata,
  pairRule,
  put,
  rbacRule,
  role,
  roleBinding,
  rule,
  serviceAccount,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import {
  annotated,
  deleted,
  exists,
  fails,
  mayDo,
  meanwhile,
  play,
  ran,
  view,
} from '../shared/pair/scenario.ts';

const stats = 'grant --profile stats --subject';
const statsRole = 'kubeletaccess:stats';
const statsRules = [rule('nodes/stats'), rule('nodes', 'get,list')];
const past = '2020-01-01T00:00:00Z';
const later = '2099-01-01T00:00:00Z';

/** Returns the binding of a grant of profile stats, and its role. */
const grantOf = (name: string, expires: string) => [
  role(statsRole, statsRules, ownMetadata()),
  binding(`${statsRole}:user:${name}`, statsRole, [user(name)], ownMetadata({ expires })),
];
/** The permissions of the CronJob that deletes expired grants. */
const asJob = ['revoke --expired', 'dev'] as const;
const mayRevoke = mayDo('dev', rbacRule('clusterroles,clusterrolebindings', 'get,list,delete'));

suite('revoke: selection', (test) => {
  play(test, [
    {
      title: '--node selects exactly the grants for these nodes',
      given: ['user:jane --node node-1', 'user:bob --node node-2', 'user:carl'].map((who) =>
        ran(`${stats} ${who}`),
      ),
      args: 'revoke --profile stats --node node-7',
      expected: {
        stdout: '',
        stderr:
          'nothing to do: no matching grant found\nwarning: node "node-7" not found\nhint: kubectl get nodes\n',
      },
      afterwards: [
        {
          args: 'revoke --profile stats --node node-1',
          expected: {
            bindings: [`${statsRole}:user:carl`, `${statsRole}@node-2:user:bob`],
            roles: [statsRole, `${statsRole}@node-2`],
          },
        },
        ran('grant --node node-1'),
        ran('revoke --node node-1'),
        { args: 'revoke --profile stats', expected: { bindings: [], roles: [] } },
      ],
    },
    {
      title: "without options takes kube-apiserver's access, and lists who can still run commands",
      given: [
        ran('grant'),
        ran('grant --subject user:jane --allow-exec'),
        ran(`${stats} user:bob`),
      ],
      args: 'revoke',
      expected: {
        stderr: [
          /^note: kubectl logs, exec, attach, cp and port-forward would stop .*; to undo: kubectl kubeletaccess grant\nwould remove:\n {2}- subject user:Kubernetes\n/,
          /\nnote: others can still run commands in containers through ClusterRoleBinding kubeletaccess:apiserver:user:jane \(profile apiserver, for user:jane\)\nhint: to revoke that too: kubectl kubeletaccess revoke --profile apiserver\n$/,
        ],
        bindings: ['kubeletaccess:apiserver:user:jane', `${statsRole}:user:bob`],
      },
      afterwards: [
        { args: 'revoke --profile apiserver', expected: { bindings: [`${statsRole}:user:bob`] } },
      ],
    },
    {
      title: '--subject revokes all grants of the subject, with --profile only these',
      given: [
        ran(`${stats} user:bob`),
        ...['stats', 'logs', 'metrics'].map((each) =>
          ran(`grant --profile ${each} --subject user:jane`),
        ),
      ],
      args: 'revoke --subject user:jane --profile metrics',
      expected: {
        stderr:
          /\nnote: user:jane still has access through ClusterRoleBinding kubeletaccess:logs:user:jane \(profile logs\), ClusterRoleBinding kubeletaccess:stats:user:jane \(profile stats\)\nhint: to revoke that too: kubectl kubeletaccess revoke --subject user:jane\n$/,
        bindings: [
          'kubeletaccess:logs:user:jane',
          `${statsRole}:user:bob`,
          `${statsRole}:user:jane`,
        ],
      },
      afterwards: [
        {
          args: 'revoke --subject user:jane',
          expected: { bindings: [`${statsRole}:user:bob`] },
        },
        {
          args: 'revoke --subject user:jane',
          expected: { stderr: 'nothing to do: no matching grant found\n', objects: 'unchanged' },
        },
      ],
    },
  ]);
});

suite('revoke --expired', (test) => {
  play(test, [
    {
      title:
        'deletes only expired bindings of grant, with the permissions of the CronJob, and keeps roles with a note',
      given: [
        mayRevoke,
        exists(
          ...grantOf('jane', past),
          ...grantOf('bob', later),
          ...grantOf('odd', 'tomorrow'),
          binding(`${statsRole}:user:carl`, statsRole, [user('carl')], ownMetadata()),
          // Has no label of ours.
          binding(`${statsRole}:user:eve`, statsRole, [user('eve')], {
            annotations: ownMetadata({ expires: past }).annotations,
          }),
          role('kubeletaccess:logs', [rule('nodes/log')], ownMetadata()),
          binding(
            'kubeletaccess:logs:user:jane',
            'kubeletaccess:logs',
            [user('jane')],
            ownMetadata({ expires: past }),
          ),
        ),
      ],
      args: asJob[0],
      as: asJob[1],
      expected: {
        stderr:
          /^note: roles stay: cannot check which bindings refer to them: .*cannot list resource "rolebindings"/,
        bindings: ['for-dev', ...['bob', 'carl', 'eve'].map((each) => `${statsRole}:user:${each}`)],
        roles: ['for-dev', 'kubeletaccess:logs', statsRole],
      },
      afterwards: [
        // The next run of somebody who may list them deletes the role.
        { args: 'revoke --expired', expected: { roles: ['for-dev', statsRole] } },
      ],
    },
    {
      title: 'deletes the others if one may not be changed, and names that one',
      given: [
        ran('grant'),
        exists(...grantOf('jane', past), ...grantOf('bob', past), ...grantOf('carl', past)),
        annotated('clusterrolebindings', `${statsRole}:user:bob`, {
          annotations: {
            ...ownMetadata({ expires: past }).annotations,
            'argocd.argoproj.io/tracking-id': 'x',
          },
        }),
      ],
      args: 'revoke --expired',
      expected: {
        code: 4,
        stderr:
          /\nerror: ClusterRoleBinding kubeletaccess:stats:user:bob is managed by Argo CD and would be changed\n/,
        stdout: /carl deleted\n.*jane deleted\n/,
        bindings: [`${statsRole}:user:bob`, knownBinding],
      },
      afterwards: [
        {
          args: 'revoke --profile stats',
          expected: { code: 1, stderr: 'managed by Argo CD', objects: 'unchanged' },
        },
      ],
    },
    {
      title: 'deletes the others if a role may not be changed',
      given: [
        exists(
          ...grantOf('jane', past),
          role(knownRole, [pairRule], {
            annotations: {
              'kubeletaccess/added': JSON.stringify([pairRule]),
              'argocd.argoproj.io/tracking-id': 'x',
            },
          }),
          binding(knownBinding, knownRole, [user('Kubernetes')], {
            annotations: {
              'kubeletaccess/added': '["user:Kubernetes"]',
              'kubeletaccess/expires': past,
            },
          }),
        ),
      ],
      args: 'revoke --expired',
      expected: {
        stderr: '\n  ClusterRole system:kube-apiserver-to-kubelet kept: it is managed by Argo CD\n',
        bindings: [knownBinding],
        subjects: { [knownBinding]: [] },
      },
    },
    {
      title: 'takes the subject of the grant out of a binding that others use, and keeps them',
      given: [
        exists(
          role(statsRole, statsRules, ownMetadata()),
          binding(
            `${statsRole}:user:jane`,
            statsRole,
            [user('jane'), user('eve')],
            ownMetadata({ expires: past }),
          ),
        ),
      ],
      args: 'revoke --expired',
      expected: {
        stderr:
          /^would remove:\n {2}- subject user:jane\n {2}subject user:eve kept: not added by this grant\n/,
        subjects: { [`${statsRole}:user:jane`]: [user('eve')] },
        roles: [statsRole],
      },
      afterwards: [{ args: 'revoke --expired', expected: { objects: 'unchanged' } }],
    },
  ]);
});

suite('revoke: objects of others', (test) => {
  play(test, [
    {
      title:
        'fails for a binding of kube-apiserver that others made, and says what its deletion takes',
      given: [
        exists(
          role(knownRole, [pairRule, rule('pods', '*')]),
          binding(knownBinding, knownRole, [user('x'), user('Kubernetes')]),
        ),
      ],
      args: 'revoke',
      expected: fails(
        /^error: ClusterRoleBinding system:kube-apiserver not changed: it was not created by kubectl-kubeletaccess\nsubject user:x has ClusterRole \S+ by it\nsubject user:Kubernetes has .*\nhint: to delete it, which takes that role from all its subjects: kubectl delete clusterrolebinding system:kube-apiserver\n$/,
      ),
      afterwards: [
        annotated('clusterrolebindings', knownBinding, {
          labels: {
            'kubernetes.io/bootstrapping': 'rbac-defaults',
            'app.kubernetes.io/managed-by': 'x',
          },
        }),
        { args: 'revoke --subject user:x', expected: fails(/ not changed: it is managed by x/) },
        {
          args: 'revoke --subject user:nobody',
          expected: { stderr: 'nothing to do: no matching grant found\n', objects: 'unchanged' },
        },
      ],
    },
    {
      title: 'notes what the subject keeps by other bindings, and by the groups of an account',
      given: [
        exists(
          role('theirs', [rule('nodes/metrics')]),
          binding('theirs', 'theirs', [account('bot', 'ops'), group('system:serviceaccounts:ops')]),
          binding('all', 'theirs', [group('system:serviceaccounts')]),
          serviceAccount('bot', 'ops'),
        ),
        ran('grant --profile logs --subject serviceaccount:ops:bot'),
      ],
      args: 'revoke --subject serviceaccount:ops:bot',
      expected: {
        stderr:
          /note: serviceaccount:ops:bot keeps (?=.*nodes\/metrics get by ClusterRoleBinding theirs[,:])(?=.* by ClusterRoleBinding theirs to group:system:serviceaccounts:ops)(?=.* by ClusterRoleBinding all to group:system:serviceaccounts).*: grant did not make it\n/,
        bindings: ['all', 'theirs'],
      },
    },
    {
      title: 'keeps a role that others use: by a binding, by a RoleBinding, or by aggregation',
      given: [
        ran(`${stats} user:bob`),
        exists(
          binding('more', statsRole, [user('eve')]),
          roleBinding('ns', 'x', { name: statsRole }, []),
        ),
      ],
      args: 'revoke --profile stats',
      expected: {
        stderr:
          '\n  ClusterRole kubeletaccess:stats kept: it is referenced by ClusterRoleBinding more, RoleBinding ns/x\n',
        roles: [statsRole],
        bindings: ['more'],
      },
      afterwards: [
        deleted('clusterrolebindings', 'more'),
        ({ store }) => store.delete('rolebindings', 'ns/x'),
        exists(...view, roleBinding('ns', 'x', { kind: 'Role', name: statsRole }, [])),
        annotated('clusterroles', statsRole, {
          labels: {
            ...ownMetadata().labels,
            'rbac.authorization.k8s.io/aggregate-to-view': 'true',
          },
        }),
        {
          args: 'revoke --profile stats',
          expected: {
            stderr:
              ' kept: others have it through aggregation: ClusterRole view (ClusterRoleBinding devs with group:devs); --force deletes it\n',
            roles: [statsRole, 'view'],
          },
        },
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,delete'),
          rbacRule('clusterrolebindings,rolebindings'),
        ),
        ran(`${stats} user:bob`),
        {
          args: 'revoke --profile stats',
          as: 'dev',
          expected: {
            stderr: 'kept: it has an aggregation label, and clusterroles cannot be listed',
          },
        },
        {
          args: 'revoke --profile stats --force',
          expected: {
            stderr: '\n    also from ClusterRole view (ClusterRoleBinding devs with group:devs)\n',
            roles: ['for-dev', 'view'],
          },
        },
      ],
    },
    {
      title: 'keeps a role to which rules were added, except with --force',
      given: [
        ran(`${stats} user:bob`),
        exists(role(statsRole, [...statsRules, rule('secrets')], ownMetadata())),
      ],
      args: 'revoke --profile stats',
      expected: {
        stderr: 'ClusterRole kubeletaccess:stats kept: rules were added to it\n',
        bindings: [],
        roles: [statsRole],
      },
      afterwards: [{ args: 'revoke --profile stats --force', expected: { roles: [] } }],
    },
    {
      title: 'takes what grant added out of a role that others made, once no grant uses it',
      given: [
        exists(
          role(knownRole, [pairRule, rule('pods')], {
            annotations: { 'kubeletaccess/added': JSON.stringify([pairRule, rule('pods')]) },
          }),
          binding(knownBinding, knownRole, [user('a'), user('b'), user('c')], {
            annotations: { 'kubeletaccess/added': '["user:a","user:b"]' },
          }),
        ),
      ],
      args: 'revoke --subject user:a',
      expected: { subjects: { [knownBinding]: [user('b'), user('c')] }, stderrNot: 'nodes/proxy' },
      afterwards: [
        // The record names a rule that no profile has: somebody else wrote it.
        {
          args: 'revoke --subject user:b',
          expected: {
            stderr:
              /\n {2}- nodes\/proxy,.*\n {4}also from ClusterRoleBinding system:kube-apiserver with user:c\n/,
          },
        },
        ({ store }) =>
          assert.equal(store.get('clusterroles', knownRole)?.['rules'], [rule('pods')]),
      ],
    },
  ]);
});

suite('revoke: output', (test) => {
  const asBot = '--as system:serviceaccount:ops:bot --as-group system:masters';
  play(test, [
    {
      title:
        'warns callers who remove their own access by a group or service account, also with -o',
      given: [mayDo('dev', everything), ran(`${stats} group:devs`)],
      args: 'revoke --profile stats --subject group:devs',
      as: 'dev',
      expected: {
        stderr:
          /^warning: this would remove your own access \(you are user:dev in group:devs\)\nwould remove:\n {2}- subject group:devs\n/,
      },
      afterwards: [
        ran(`${stats} serviceaccount:ops:bot --ignore-not-found`),
        {
          args: `revoke --profile stats --subject serviceaccount:ops:bot ${asBot} -o name`,
          expected: {
            stderr:
              /^warning: this would remove your own access \(you are serviceaccount:ops:bot\)\n/,
          },
        },
        ran(`${stats} user:bob`),
        { args: 'revoke --profile stats', as: 'dev', expected: { stderrNot: 'your own access' } },
      ],
    },
  ]);

  test('-o prints all grants as one List or as one stream of documents', () =>
    withSandbox(async (_, tool) => {
      await tool(`${stats} user:jane`);
      await tool(`${stats} user:bob`);
      const dry = ['revoke', '--profile', 'stats', '--dry-run=client', '-o'];
      const json = JSON.parse((await tool([...dry, 'json'])).stdout) as { items: unknown[] };
      assert.is(json.items.length, 3);
      assert.is(loadAll((await tool([...dry, 'yaml'])).stdout).length, 3);
    }));

  test('prints the same in a server dry run and in the real run for several grants of one role', () =>
    withSandbox(async (_, tool) => {
      for (const who of ['jane', 'bob']) await tool(`${stats} user:${who}`.split(' '));
      const dry = await tool(['revoke', '--profile', 'stats', '--dry-run=server']);
      const run = await tool(['revoke', '--profile', 'stats']);
      assert.is(dry.stdout.replaceAll(' (server dry run)', ''), run.stdout);
      assert.match(run.stdout, '/kubeletaccess:stats deleted\n');
    }));

  test('writes only the expired grants of 2,000', () =>
    withSandbox(async (sandbox, tool) => {
      for (let index = 0; index < 2_000; index += 1)
        put(sandbox, ...grantOf(`u${index}`, index < 100 ? past : later));
      const before = sandbox.apiServer.requests.length;
      const { code, stdout, stderr } = await tool(['revoke', '--expired']);
      assert.is(code, 0);
      assert.is(sandbox.store.list('clusterrolebindings').length, 1_900);
      const lines = sandbox.apiServer.requests.slice(before).map(({ line }) => line);
      const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
      // Bindings are listed in pages of 200, before and after.
      assert.is(count(/^GET .*clusterrolebindings\?/), 2 * (2_000 / 200));
      assert.is(count(/^DELETE /), 100);
      assert.ok(stdout.split('\n').length < 110 && stderr.split('\n').length < 110);
    }));
});

suite('revoke: concurrent runs', (test) => {
  const bindsBob = (sandbox: Sandbox) => put(sandbox, binding('new', statsRole, [user('bob')]));
  play(test, [
    {
      title: 'keeps a role that a new binding refers to',
      given: [ran(`${stats} user:jane`), meanwhile(/^DELETE .*clusterrolebindings/, bindsBob)],
      args: 'revoke --profile stats --subject user:jane',
      expected: { roles: [statsRole] },
      afterwards: [
        ({ apiServer }) =>
          assert.not(apiServer.requests.some(({ line }) => /^DELETE .*clusterroles\//.test(line))),
      ],
    },
    {
      title: 'restores a role if a binding that refers to it was created during its deletion',
      given: [ran(`${stats} user:jane`), meanwhile(/^DELETE .*clusterroles\//, bindsBob)],
      args: 'revoke --profile stats --subject user:jane',
      expected: {
        stderr:
          /\nnote: restored ClusterRole kubeletaccess:stats: ClusterRoleBinding new was changed to refer to it during the deletion\n/,
        roles: [statsRole],
      },
    },
    {
      title: 'does not restore a role that a concurrent grant has created again',
      given: [
        ran(`${stats} user:jane`),
        meanwhile(/^DELETE .*clusterroles\//, bindsBob),
        meanwhile(/^POST .*clusterroles\b/, (sandbox) =>
          put(sandbox, role(statsRole, [rule('nodes/stats')])),
        ),
      ],
      args: 'revoke --profile stats --subject user:jane',
      expected: { bindings: ['new'], roles: [statsRole] },
    },
    {
      title: 'names the role that it could not restore, and the command that creates it',
      given: [
        mayDo('dev', rbacRule('*', 'get,list,update,delete')),
        ran(`${stats} user:jane`),
        meanwhile(/^DELETE .*clusterroles\//, bindsBob),
      ],
      args: 'revoke --profile stats --subject user:jane',
      as: 'dev',
      expected: {
        code: 1,
        stderr:
          /error: cannot restore ClusterRole kubeletaccess:stats: [^\n]*forbidden[^\n]*\n(?:.*\n)*ClusterRoleBinding new was changed to refer to it during the deletion\n(?:.*\n)*hint: re-run that grant to create the role\n/,
        bindings: ['for-dev', 'new'],
      },
    },
  ]);

  test('does not fail if several revokes run at once', () =>
    withSandbox(async (sandbox, tool) => {
      await tool(['grant']);
      const results = await Promise.all(Array.from({ length: 8 }, () => tool(['revoke'])));
      assert.equal(
        results.map(({ code }) => code),
        results.map(() => 0),
        results.map(({ stderr }) => stderr).join(''),
      );
      assert.equal(sandbox.store.list('clusterrolebindings'), []);
    }));
});
