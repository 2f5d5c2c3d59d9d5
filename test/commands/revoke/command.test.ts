import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import {
  binding,
  everything,
  knownBinding,
  knownRole,
  ownMetadata,
  pairRule,
  put,
  rbacRule,
  recorded,
  role,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import {
  deleted,
  exists,
  fails,
  type Given,
  isUsageError,
  mayDo,
  meanwhile,
  play,
  ran,
} from '../shared/pair/scenario.ts';

const stats = 'grant --profile stats --subject';
const statsRole = 'kubeletaccess:stats';
const bootstrapping = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } };

const expired = { expires: '2020-01-01T00:00:00Z' };
const later = { expires: '2099-01-01T00:00:00Z' };

/** Returns a step that replaces labels and annotations of an object. */
const annotated =
  (resource: 'clusterroles' | 'clusterrolebindings', name: string, metadata: object): Given =>
  ({ store }) => {
    const object = store.get(resource, name);
    if (!object) throw new Error(`there is no ${name}`);
    store.put(resource, { ...object, metadata: { ...object.metadata, ...metadata } });
  };

suite('revoke: selection', (test) => {
  play(test, [
    {
      title: '--node selects exactly the grants for these nodes',
      given: [
        ran(`${stats} user:jane --node node-1`),
        ran(`${stats} user:bob --node node-2`),
        ran(`${stats} user:carl`),
      ],
      args: 'revoke --all-profiles --node node-7',
      expected: { stdout: '', stderr: /^nothing to do: no matching grant found\n/ },
      afterwards: [
        {
          args: 'revoke --profile stats --node node-1',
          expected: {
            stderrNot: 'kept',
            bindings: [`${statsRole}:node-2:user:bob`, `${statsRole}:user:carl`],
            roles: [statsRole, `${statsRole}:node-2`],
          },
        },
      ],
    },
    {
      title: '--expired revokes only grants that --profile and --node select',
      given: [
        ran('grant --profile logs --subject user:bob'),
        ...['logs', 'stats'].map((profile) =>
          exists(
            role(`kubeletaccess:${profile}`, []),
            binding(
              profile,
              `kubeletaccess:${profile}`,
              [user(profile)],
              ownMetadata(profile, { profile, ...expired }),
            ),
          ),
        ),
      ],
      args: 'revoke --expired --profile stats --node node-9',
      expected: { bindings: ['kubeletaccess:logs:user:bob', 'logs', 'stats'] },
      afterwards: [
        {
          args: 'revoke --expired --profile stats',
          expected: { bindings: ['kubeletaccess:logs:user:bob', 'logs'] },
        },
      ],
    },
    {
      title: '--binding-name selects only this binding, for any profile, and lists it once',
      given: [
        ran(`${stats} user:jane --binding-name mine`),
        ran('grant --profile logs --subject user:jane'),
      ],
      args: 'revoke --all-profiles --binding-name mine',
      expected: {
        stdout: /^\S+\/mine deleted\n\S+\/kubeletaccess:stats deleted\n$/,
        bindings: ['kubeletaccess:logs:user:jane'],
      },
    },
    {
      title: 'finds the grant of the kubelet client for one node without --subject',
      given: [ran('grant --node node-1')],
      args: 'revoke --node node-1',
      expected: { bindings: [], roles: [] },
    },
    {
      title: 'finds all grants of a subject, whatever their names',
      given: [
        ran(`${stats} user:jane --node node-1`),
        ran(`${stats} user:jane --binding-name mine`),
        ran(`${stats} user:jane --role-name own --even-if-redundant`),
        ({ store }) => assert.is(store.list('clusterrolebindings').length, 3),
      ],
      args: 'revoke --profile stats --subject user:jane',
      expected: { bindings: [], roles: [] },
    },
    {
      title: 'finds the grant of the kubelet client even if its role has another name',
      given: [ran('grant --role-name foo')],
      args: 'revoke',
      expected: { bindings: [], roles: [] },
    },
    {
      title: 'removes a subject from its own binding and from the binding of the kubelet client',
      given: [
        ran('grant'),
        ran('grant --subject user:jane --allow-exec'),
        ran(
          `grant --subject user:jane --allow-exec --role-name ${knownRole} --binding-name ${knownBinding}`,
        ),
      ],
      args: 'revoke --subject user:jane',
      expected: { bindings: [knownBinding], subjects: { [knownBinding]: [user('Kubernetes')] } },
    },
    {
      title:
        'lists other subjects that can run commands without options, and revokes their access by --profile',
      given: [
        ran('grant'),
        ran('grant --subject user:jane --allow-exec'),
        ran(`${stats} user:bob`),
      ],
      args: 'revoke',
      expected: {
        stderr:
          /\nnote: others can still run commands in containers through ClusterRoleBinding kubeletaccess:apiserver:user:jane \(profile apiserver, for user:jane\)\nhint: to revoke that too: kubectl kubeletaccess revoke --profile apiserver\n$/,
        bindings: ['kubeletaccess:apiserver:user:jane', 'kubeletaccess:stats:user:bob'],
      },
      afterwards: [
        {
          args: 'revoke --profile apiserver',
          expected: { bindings: ['kubeletaccess:stats:user:bob'] },
        },
      ],
    },
    {
      title: '--subject without --profile revokes all grants of the subject, and prints a note',
      given: [
        ran(`${stats} user:bob`),
        ...['stats', 'logs'].map((profile) =>
          ran(`grant --profile ${profile} --subject user:jane --even-if-redundant`),
        ),
      ],
      args: 'revoke --subject user:jane',
      expected: {
        stderr:
          /^note: grant gave user:jane access through ClusterRoleBinding kubeletaccess:logs:user:jane \(profile logs\), ClusterRoleBinding kubeletaccess:stats:user:jane \(profile stats\)\n/,
        bindings: [`${statsRole}:user:bob`],
      },
      afterwards: [
        {
          args: 'revoke --subject user:jane',
          expected: { stderr: 'nothing to do: no matching grant found\n' },
        },
      ],
    },
    {
      title: '--all-profiles lists the subjects that lose access, and the command that restores it',
      given: [ran('grant'), ran(`${stats} user:jane`)],
      args: 'revoke --all-profiles',
      expected: {
        stderr:
          /^note: this takes access from user:jane, user:Kubernetes\nnote: kubectl logs, exec, attach, cp and port-forward stop .*; to undo: kubectl kubeletaccess grant\n/,
        bindings: [],
      },
    },
    {
      title:
        '--subject keeps the other subjects of a binding, and its annotation even if it cannot be parsed',
      given: [
        exists(
          role(statsRole, []),
          binding('aaa', statsRole, [user('jane'), user('joe')], ownMetadata('joe')),
        ),
        annotated('clusterrolebindings', 'aaa', { annotations: { 'kubeletaccess/grant': '[]' } }),
      ],
      args: 'revoke --subject user:jane',
      expected: { subjects: { aaa: [user('joe')] } },
      afterwards: [
        ({ store }) =>
          assert.is(
            store.get('clusterrolebindings', 'aaa')?.metadata.annotations?.['kubeletaccess/grant'],
            '[]',
          ),
      ],
    },
    {
      title:
        'treats a role and binding with our label but without the annotation as created by hand',
      given: [ran('grant'), annotated('clusterrolebindings', knownBinding, { annotations: {} })],
      args: 'revoke',
      expected: { bindings: [], roles: [] },
    },
    {
      title: 'deletes a role that a killed revoke left without a binding',
      given: [ran(`${stats} user:jane`), deleted('clusterrolebindings', `${statsRole}:user:jane`)],
      args: 'revoke --profile logs',
      expected: { roles: [statsRole] },
      afterwards: ['--expired', '--all-profiles', '--profile stats'].flatMap((option) => [
        ran(`${stats} user:jane`),
        deleted('clusterrolebindings', `${statsRole}:user:jane`),
        {
          args: `revoke ${option}`,
          expected: { stdout: /^clusterrole\.\S+\/kubeletaccess:stats deleted\n$/ },
        },
      ]),
    },
    {
      title: 'does not delete a role without a binding if --binding-name names another binding',
      given: [
        ran('grant'),
        deleted('clusterrolebindings', knownBinding),
        ran(`${stats} user:jane --binding-name B`),
      ],
      args: 'revoke --binding-name B',
      expected: { roles: [knownRole], bindings: [] },
      afterwards: [
        // A mistyped --binding-name does not delete the role.
        {
          args: 'revoke --binding-name C',
          expected: {
            stdout: /^\S+\/C unchanged\n$/,
            stderr: /ClusterRoleBinding C does not exist/,
            roles: [knownRole],
          },
        },
        { args: 'revoke', expected: { roles: [] } },
      ],
    },
    {
      title: '--expired decides by the recorded expiry only, and removes our annotations',
      given: [
        exists(
          binding('theirs', 'ops', [user('jane'), user('joe')], {
            annotations: recorded({ 'user:jane': expired }),
          }),
        ),
      ],
      args: 'revoke --expired',
      expected: { stdout: /\/theirs configured\n/, subjects: { theirs: [user('joe')] } },
      afterwards: [
        ({ store }) =>
          assert.equal(store.get('clusterrolebindings', 'theirs')?.metadata.annotations ?? {}, {}),
      ],
    },
  ]);
});

suite('revoke: objects of other clients', (test) => {
  play(test, [
    {
      title: '--expired keeps a binding to a role that allows more than the recorded profile',
      given: [
        exists(
          role('cluster-admin', [everything]),
          binding('admins', 'cluster-admin', [user('jane')], {
            annotations: recorded({ 'user:jane': expired }, 'stats'),
            labels: ownMetadata('admins', expired).labels,
          }),
        ),
      ],
      args: 'revoke --expired',
      expected: {
        stderr: 'ClusterRoleBinding admins kept: it refers to ClusterRole cluster-admin\n',
        objects: 'unchanged',
      },
    },
    {
      title:
        '--expired fails for bindings whose annotation cannot be parsed, and revokes the other grants',
      given: [
        exists(
          role(statsRole, []),
          binding('aaa', statsRole, [user('aaa')], ownMetadata('aaa', expired)),
          binding('bbb', statsRole, [user('bbb')], ownMetadata('bbb', expired)),
        ),
        annotated('clusterrolebindings', 'aaa', {
          annotations: { 'kubeletaccess/grant': '{"subjects":{"user:aaa"' },
        }),
      ],
      args: 'revoke --expired',
      expected: {
        code: 4,
        stderr:
          /\nerror: cannot parse annotation kubeletaccess\/grant of ClusterRoleBinding aaa, and whether its access has expired is unknown\nhint: fix the annotation: /,
        bindings: ['aaa'],
      },
    },
    {
      title: '--expired does not revoke access of a subject that has two records with two expiries',
      given: [
        exists(
          role(statsRole, []),
          binding('aaa', statsRole, [user('jane')], {
            annotations: recorded({
              jane: { expires: '2099-01-31T12:00:00Z' },
              'user:jane': expired,
            }),
          }),
        ),
      ],
      args: 'revoke --expired',
      expected: {
        ...fails(/ of ClusterRoleBinding aaa, and whether its access has expired is unknown\n/),
        code: 3,
      },
    },
    ...['', ' --profile stats', ' --role-name R', ' --binding-name B', ' --all-profiles'].map(
      (more) => ({
        title: `changes nothing for a subject without a grant: --subject user:nobody${more}`,
        given: [ran('grant'), ran(`${stats} user:jane`)],
        args: `revoke --subject user:nobody${more}`,
        expected: {
          stdout: '',
          stderr: /^nothing to do: no matching grant found\n$/,
          objects: 'unchanged' as const,
        },
      }),
    ),
    {
      title: 'warns about a node that does not exist if no grant matches',
      given: [ran('grant')],
      args: 'revoke --subject user:nobody --node node-1 --node node-99',
      expected: {
        stdout: '',
        stderr:
          'nothing to do: no matching grant found\nwarning: node "node-99" not found\nhint: kubectl get nodes\n',
        objects: 'unchanged',
      },
    },
    {
      title: 'revokes a grant whose role has lost its rules',
      given: [
        ran(`${stats} user:jane --role-name R --binding-name B`),
        ({ store }) => {
          const found = store.get('clusterroles', 'R');
          if (found) store.put('clusterroles', { ...found, rules: [] });
        },
      ],
      args: 'revoke --subject user:jane --profile stats',
      expected: { bindings: [] },
    },
  ]);
});

suite('revoke: kept objects', (test) => {
  play(test, [
    {
      title: 'revokes the other grants if one grant may not be changed',
      given: [
        exists(
          role(statsRole, []),
          ...['aaa', 'bbb'].map((name) =>
            binding(name, statsRole, [user(name)], ownMetadata(name, expired)),
          ),
        ),
        annotated('clusterrolebindings', 'aaa', {
          annotations: {
            ...ownMetadata('aaa', expired).annotations,
            'argocd.argoproj.io/tracking-id': 'x',
          },
        }),
      ],
      args: 'revoke --expired',
      expected: {
        code: 4,
        stderr: /\nerror: ClusterRoleBinding aaa is managed by Argo CD and would be changed\n/,
        bindings: ['aaa'],
      },
      afterwards: [{ args: 'revoke --all-profiles', expected: fails(/managed by Argo CD/) }],
    },
    {
      title: 'fails for objects that other clients or kube-apiserver created',
      given: [
        exists(
          role(knownRole, [pairRule, rule('pods', '*')]),
          binding(knownBinding, knownRole, [user('x'), user('y')]),
          role('cluster-admin', [everything], bootstrapping),
          binding('cluster-admin', 'cluster-admin', [user('root')], bootstrapping),
        ),
      ],
      args: 'revoke',
      expected: fails(/not changed: it was not created by kubectl-kubeletaccess\n/),
      afterwards: [
        {
          args: 'revoke --subject user:root --role-name cluster-admin --binding-name cluster-admin',
          expected: fails(/managed by kube-apiserver itself \(kubernetes.io\/bootstrapping\)/),
        },
        {
          args: 'revoke --all-subjects',
          expected: isUsageError(/kubectl edit clusterrolebinding NAME/),
        },
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
          /^warning: this removes your own access \(you are user:dev in group:devs\)\n {2}- subject group:devs\n/,
      },
      afterwards: [
        ran(`${stats} serviceaccount:ops:bot`),
        {
          args: `revoke --profile stats --subject serviceaccount:ops:bot ${asBot} -o name`,
          expected: {
            stderr: /^warning: this removes your own access \(you are serviceaccount:ops:bot\)\n/,
          },
        },
        ran(`${stats} user:bob`),
        { args: 'revoke --profile stats', as: 'dev', expected: { stderrNot: 'your own access' } },
      ],
    },
  ]);

  test('-o prints all grants as one List or as one stream of documents', () =>
    withSandbox(async (_, tool) => {
      await tool(`${stats} user:jane`.split(' '));
      await tool(['grant', '--profile', 'logs', '--subject', 'user:bob']);
      const dry = ['revoke', '--all-profiles', '--dry-run=client', '-o'];
      const json = JSON.parse((await tool([...dry, 'json'])).stdout) as { items: unknown[] };
      assert.is(json.items.length, 4);
      assert.is(loadAll((await tool([...dry, 'yaml'])).stdout).length, 4);
    }));

  test('prints the same in a server dry run and in the real run for several grants of one role', () =>
    withSandbox(async (_, tool) => {
      for (const who of ['jane', 'bob']) await tool(`${stats} user:${who}`.split(' '));
      const dry = await tool(['revoke', '--profile', 'stats', '--dry-run=server']);
      const run = await tool(['revoke', '--profile', 'stats']);
      assert.is(dry.stdout.replaceAll(' (server dry run)', ''), run.stdout);
      assert.match(run.stdout, '/kubeletaccess:stats deleted\n');
    }));

  test('writes only the expired grants of 2,000, and prints only these grants and a few others', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role(statsRole, [], ownMetadata('x')));
      for (let index = 0; index < 2_000; index += 1) {
        const name = `u${index}`;
        const metadata = ownMetadata(name, index < 100 ? expired : later);
        put(sandbox, binding(name, statsRole, [user(name)], metadata));
      }
      const before = sandbox.apiServer.requests.length;
      const { code, stdout, stderr } = await tool(['revoke', '--expired']);
      assert.is(code, 0);
      assert.is(sandbox.store.list('clusterrolebindings').length, 1_900);
      const requests = sandbox.apiServer.requests.slice(before).length;
      const writes = writesSince(sandbox, before).length;
      // The bindings are listed in pages of 200; the lists of ClusterRoles and RoleBindings have one page each.
      assert.is(requests - writes, 2_000 / 200 + 2);
      // The writes are a dry run and a delete for each expired grant, and one request for the user name of the caller.
      assert.is(writes, 2 * 100 + 1);
      assert.match(stderr, /\n {2}subject user:u1000 kept: not expired yet\n/);
      assert.match(stderr, '\n  and 1895 more bindings kept\n');
      assert.ok(stdout.split('\n').length < 110 && stderr.split('\n').length < 110);
    }));

  function writesSince({ apiServer }: Sandbox, count: number): readonly string[] {
    const lines = apiServer.requests.slice(count).map(({ line }) => line);
    return lines.filter((line) => !line.startsWith('GET '));
  }
});

suite('revoke: concurrent runs', (test) => {
  const bindsBob = (sandbox: Sandbox) => put(sandbox, binding('new', statsRole, [user('bob')]));
  play(test, [
    {
      title: 'keeps a role that a new binding refers to',
      // The first of two equal DELETE requests is the dry run.
      given: [ran(`${stats} user:jane`), meanwhile(/^DELETE .*clusterrolebindings/, bindsBob, 2)],
      args: 'revoke --profile stats --subject user:jane',
      expected: { roles: [statsRole] },
      afterwards: [
        ({ apiServer }) =>
          assert.is(
            apiServer.requests.filter(({ line }) => /^DELETE .*clusterroles\//.test(line)).length,
            1,
            'only the dry run',
          ),
      ],
    },
    {
      title: 'keeps a binding whose subjects were changed since it was read',
      given: [
        ran(`${stats} user:jane`),
        meanwhile(
          /^DELETE .*clusterrolebindings/,
          ({ store }) => {
            const found = store.get('clusterrolebindings', `${statsRole}:user:jane`);
            if (!found) throw new Error('it is deleted already');
            const subjects = [user('jane'), user('bob')];
            store.put('clusterrolebindings', { ...found, subjects } as typeof found);
          },
          2,
        ),
      ],
      args: 'revoke --profile stats --subject user:jane',
      expected: { subjects: { [`${statsRole}:user:jane`]: [user('bob')] }, roles: [statsRole] },
    },
    {
      title: 'restores a role if a binding that refers to it was created during its deletion',
      given: [ran(`${stats} user:jane`), meanwhile(/^DELETE .*clusterroles\//, bindsBob, 2)],
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
        meanwhile(/^DELETE .*clusterroles\//, bindsBob, 2),
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
        meanwhile(/^DELETE .*clusterroles\//, bindsBob, 2),
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
