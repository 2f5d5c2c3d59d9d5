import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { isOurs } from '../../../src/rbac/annotations.ts';
import { suite } from '../../kit/suite.ts';
import type { Result } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const settings = { minor: 37 };
const known = { role: 'system:kube-apiserver-to-kubelet', binding: 'system:kube-apiserver' };
const stats = ['--profile', 'stats'];
const user = (name: string) => ({ apiGroup, kind: 'User', name });
const rule = (resources: readonly string[], verbs: readonly string[] = ['*']) => ({
  apiGroups: [''],
  resources,
  verbs,
});
const pairRules = [
  rule(['nodes/proxy', 'nodes/stats', 'nodes/log', 'nodes/spec', 'nodes/metrics']),
];

interface Marks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function putRole(sandbox: Sandbox, name: string, rules: readonly object[], marks: Marks = {}) {
  const metadata = { name, ...marks };
  sandbox.store.put('clusterroles', {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRole',
    metadata,
    rules,
  });
}

function putBinding(
  sandbox: Sandbox,
  name: string,
  roleName: string,
  subjects: readonly object[],
  marks: Marks = {},
) {
  sandbox.store.put('clusterrolebindings', {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, ...marks },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
    subjects,
  });
}

/** Changes the marks of an object that is there. */
function mark(
  sandbox: Sandbox,
  collection: 'clusterroles' | 'clusterrolebindings',
  name: string,
  change: (marks: Required<Marks>) => Marks,
) {
  const object = sandbox.store.get(collection, name);
  if (!object) throw new Error(`there is no ${name}`);
  const { labels = {}, annotations = {} } = object.metadata as Marks;
  const metadata = { ...object.metadata, ...change({ labels, annotations }) };
  sandbox.store.put(collection, { ...object, metadata });
}

const expiredFor = (name: string): Required<Marks> => ({
  labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
  annotations: {
    'kubeletaccess/profile': 'stats',
    'kubeletaccess/subjects': JSON.stringify([`user:${name}`]),
    'kubeletaccess/expires': JSON.stringify({ [`user:${name}`]: '2020-01-01T00:00:00Z' }),
  },
});

const namesIn = (sandbox: Sandbox, collection: 'clusterroles' | 'clusterrolebindings') =>
  sandbox.store.list(collection).map(({ metadata }) => metadata.name);
const bindings = (sandbox: Sandbox) => namesIn(sandbox, 'clusterrolebindings');
const roles = (sandbox: Sandbox) => namesIn(sandbox, 'clusterroles');
const ok = (result: Result) => assert.is(result.code, 0, result.stderr);

suite('revoke: which grants are meant', (test) => {
  test('--node means exactly the grants for these nodes', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane', '--node', 'node-1']);
      await tool(['grant', ...stats, '--subject', 'bob', '--node', 'node-2']);
      await tool(['grant', ...stats, '--subject', 'carl']);
      const other = await tool(['revoke', '--all-profiles', '--node', 'node-7']);
      assert.equal([other.code, other.stdout], [0, '']);
      assert.match(other.stderr, /^nothing to do: no matching grant found\n/);
      const result = await tool(['revoke', ...stats, '--node', 'node-1']);
      assert.not.match(result.stderr, 'kept');
      assert.equal(bindings(sandbox), [
        'kubeletaccess:stats:node-2:user:bob',
        'kubeletaccess:stats:user:carl',
      ]);
      assert.equal(roles(sandbox), ['kubeletaccess:stats', 'kubeletaccess:stats:node-2']);
    }));

  test('--expired is narrowed by --profile and --node', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--profile', 'logs', '--subject', 'bob']);
      for (const profile of ['logs', 'stats']) {
        const marks = expiredFor(profile);
        const annotations = { ...marks.annotations, 'kubeletaccess/profile': profile };
        putRole(sandbox, `kubeletaccess:${profile}`, []);
        putBinding(sandbox, profile, `kubeletaccess:${profile}`, [user(profile)], {
          ...marks,
          annotations,
        });
      }
      await tool(['revoke', '--expired', ...stats, '--node', 'node-9']);
      assert.is(bindings(sandbox).length, 3);
      await tool(['revoke', '--expired', ...stats]);
      assert.equal(bindings(sandbox), ['kubeletaccess:logs:user:bob', 'logs']);
    }));

  test('--binding-name is that one, whatever its profile, and once', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane', '--binding-name', 'mine']);
      await tool(['grant', '--profile', 'logs', '--subject', 'jane']);
      const result = await tool(['revoke', '--all-profiles', '--binding-name', 'mine']);
      assert.is(result.stdout.match(/ deleted$/gm)?.length, 2, result.stderr);
      assert.is(result.stdout.match(/\/mine /g)?.length, 1);
      assert.equal(bindings(sandbox), ['kubeletaccess:logs:user:jane']);
    }));

  test('a profile beside --all-profiles is a contradiction', () =>
    withSandbox(settings, async (_, tool) => {
      const { code, stderr } = await tool(['revoke', '--all-profiles', ...stats]);
      assert.is(code, 2);
      assert.match(stderr, /--all-profiles and --profile are mutually exclusive/);
    }));

  test("a grant to the kubelet client that was narrowed to a node is found without anyone's name", () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--node', 'node-1']);
      ok(await tool(['revoke', '--node', 'node-1']));
      assert.equal([bindings(sandbox), roles(sandbox)], [[], []]);
    }));

  test('a subject is found under whatever names its grants have', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const jane = ['--subject', 'jane'];
      await tool(['grant', ...stats, ...jane, '--node', 'node-1']);
      await tool(['grant', ...stats, ...jane, '--binding-name', 'mine']);
      await tool(['grant', ...stats, ...jane, '--role-name', 'own', '--even-if-redundant']);
      assert.is(bindings(sandbox).length, 3);
      ok(await tool(['revoke', ...stats, ...jane]));
      assert.equal([bindings(sandbox), roles(sandbox)], [[], []]);
    }));

  test('the pair of the kubelet client is taken back also with a role of another name', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--role-name', 'foo']);
      ok(await tool(['revoke']));
      assert.equal([bindings(sandbox), roles(sandbox)], [[], []]);
    }));

  test('who is in the known binding and has one of their own loses both', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      const jane = ['--subject', 'jane', '--allow-exec'];
      await tool(['grant', ...jane]);
      await tool(['grant', ...jane, '--role-name', known.role, '--binding-name', known.binding]);
      ok(await tool(['revoke', '--subject', 'jane']));
      assert.equal(bindings(sandbox), [known.binding]);
      const left = sandbox.store.get('clusterrolebindings', known.binding);
      assert.equal((left as { subjects?: unknown } | undefined)?.subjects, [user('Kubernetes')]);
    }));

  test('a plain revoke names who else can run commands, and that profile by name takes it', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      await tool(['grant', '--subject', 'jane', '--allow-exec']);
      await tool(['grant', ...stats, '--subject', 'bob']);
      const plain = await tool(['revoke']);
      assert.match(
        plain.stderr,
        /\nnote: others can still run commands in containers through ClusterRoleBinding kubeletaccess:apiserver:user:jane \(profile apiserver, for user:jane\)\nhint: to revoke that too: kubectl kubeletaccess revoke --profile apiserver\n$/,
      );
      assert.is(bindings(sandbox).length, 2);
      ok(await tool(['revoke', '--profile', 'apiserver']));
      assert.equal(bindings(sandbox), ['kubeletaccess:stats:user:bob']);
    }));

  test('of a subject that has more by grants, that is said', () =>
    withSandbox(settings, async (_, tool) => {
      for (const profile of ['stats', 'logs'])
        await tool(['grant', '--profile', profile, '--subject', 'jane', '--even-if-redundant']);
      const { stderr } = await tool(['revoke', '--subject', 'jane']);
      assert.match(
        stderr,
        /note: user:jane still has access through ClusterRoleBinding kubeletaccess:logs:user:jane \(profile logs\), ClusterRoleBinding kubeletaccess:stats:user:jane \(profile stats\)\nhint: .* --subject user:jane --all-profiles\n/,
      );
    }));

  test('a role that a killed revoke left without a binding goes with the next', () =>
    withSandbox(settings, async (sandbox, tool) => {
      for (const args of [['--expired'], ['--all-profiles'], stats]) {
        await tool(['grant', ...stats, '--subject', 'jane']);
        sandbox.store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
        const { stdout } = await tool(['revoke', ...args]);
        assert.match(stdout, /^clusterrole\.\S+\/kubeletaccess:stats deleted\n$/, args.join(' '));
      }
      await tool(['grant', ...stats, '--subject', 'jane']);
      sandbox.store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
      await tool(['revoke', '--profile', 'logs']);
      assert.equal(roles(sandbox), ['kubeletaccess:stats']);
    }));

  test('--expired goes by the record of expiry alone', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const annotations = {
        'kubeletaccess/expires': '{"user:jane":"2020-01-01T00:00:00Z"}',
        'kubeletaccess/subjects': '["user:jane"]',
      };
      putBinding(sandbox, 'theirs', 'ops', [user('jane'), user('joe')], { annotations });
      const result = await tool(['revoke', '--expired']);
      assert.match(result.stdout, /\/theirs configured\n/, result.stderr);
      const left = sandbox.store.get('clusterrolebindings', 'theirs');
      assert.equal((left as { subjects?: unknown } | undefined)?.subjects, [user('joe')]);
      // Nothing of ours stays in what somebody else made.
      assert.equal((left?.metadata as Marks | undefined)?.annotations ?? {}, {});
    }));
});

suite('revoke: what somebody else made', (test) => {
  test('whom grant put into it is taken out by what is on record, and nobody else', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, 'ops', pairRules);
      const annotations = { 'kubeletaccess/subjects': '["user:jane"]' };
      putBinding(sandbox, 'theirs', 'ops', [user('jane'), user('joe')], { annotations });
      const result = await tool(['revoke', '--all-profiles']);
      assert.match(result.stdout, /\/theirs configured\n.*\/ops unchanged\n/, result.stderr);
      const left = sandbox.store.get('clusterrolebindings', 'theirs');
      assert.equal((left as { subjects?: unknown } | undefined)?.subjects, [user('joe')]);
    }));

  test('a binding that gives nothing on kubelets is not what was granted', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      const { metadata } = sandbox.store.get('clusterrolebindings', known.binding) ?? {};
      putRole(sandbox, 'view', [rule(['pods'], ['get'])]);
      putBinding(sandbox, known.binding, 'view', [user('Kubernetes')], metadata);
      const { stderr } = await tool(['revoke', '--all-profiles']);
      assert.match(
        stderr,
        `ClusterRoleBinding ${known.binding} kept: it refers to ClusterRole view\n`,
      );
      assert.equal(bindings(sandbox), [known.binding]);
    }));
});

suite('revoke: what is not touched', (test) => {
  test('a refusal of one grant does not stop the others', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, 'kubeletaccess:stats', []);
      for (const name of ['aaa', 'bbb'])
        putBinding(sandbox, name, 'kubeletaccess:stats', [user(name)], expiredFor(name));
      mark(sandbox, 'clusterrolebindings', 'aaa', ({ annotations }) => ({
        annotations: { ...annotations, 'argocd.argoproj.io/tracking-id': 'x' },
      }));
      const some = await tool(['revoke', '--expired']);
      assert.is(some.code, 4, some.stderr);
      assert.match(
        some.stderr,
        /\nerror: ClusterRoleBinding aaa is managed by Argo CD and would be changed\n/,
      );
      assert.equal(bindings(sandbox), ['aaa']);
      const all = await tool(['revoke', '--all-profiles']);
      assert.equal([all.code, all.stdout], [1, '']);
    }));

  test('a role that grew by another profile is compared with what is on record', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--profile', 'apiserver-full']);
      const { stdout, stderr } = await tool(['revoke']);
      assert.is(stdout.match(/ deleted$/gm)?.length, 2, stderr);
      assert.equal(roles(sandbox), []);
    }));

  test('--all-subjects does not take what is not ours, nor what kube-apiserver made, without --force', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, known.role, [...pairRules, rule(['pods'])]);
      putBinding(sandbox, known.binding, known.role, [user('x'), user('y')]);
      const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
      putRole(sandbox, 'cluster-admin', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], {
        labels,
      });
      putBinding(sandbox, 'cluster-admin', 'cluster-admin', [user('root')], { labels });
      const foreign = await tool(['revoke', '--all-subjects']);
      assert.is(foreign.code, 1);
      assert.match(foreign.stderr, /not changed: it was not created by kubectl-kubeletaccess\n/);
      const names = ['--role-name', 'cluster-admin', '--binding-name', 'cluster-admin'];
      for (const whose of [['--all-subjects'], ['--subject', 'root']]) {
        const own = await tool(['revoke', ...whose, ...names]);
        assert.is(own.code, 1);
        assert.match(
          own.stderr,
          /managed by kube-apiserver itself \(kubernetes.io\/bootstrapping\)/,
        );
      }
      assert.is(bindings(sandbox).length, 2);
      ok(await tool(['revoke', '--all-subjects', '--force']));
      assert.equal(bindings(sandbox), ['cluster-admin']);
      assert.equal(roles(sandbox).length, 2);
    }));

  test('of a role that stays, the owner is named', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, known.role, pairRules, {
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      });
      await tool(['grant']);
      const { stderr } = await tool(['revoke']);
      assert.match(stderr, `ClusterRole ${known.role} kept: it is managed by Helm `);
    }));

  test('either mark of ours is enough', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane']);
      mark(sandbox, 'clusterroles', 'kubeletaccess:stats', () => ({ labels: {} }));
      mark(sandbox, 'clusterrolebindings', 'kubeletaccess:stats:user:jane', ({ labels }) => ({
        labels,
        annotations: { 'kubeletaccess/subjects': '["user:jane"]' },
      }));
      ok(await tool(['revoke', ...stats]));
      assert.equal([bindings(sandbox), roles(sandbox)], [[], []]);
      assert.not(isOurs({ metadata: { name: 'x', labels: {}, annotations: {} } }));
    }));
});

suite('revoke: what is told', (test) => {
  test('who takes a right from a group or a service account that they are is told so, also with -o', () =>
    withSandbox(settings, async (sandbox, tool) => {
      allow(sandbox, 'dev', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
      await tool(['grant', ...stats, '--subject', 'group:devs']);
      const group = await tool(['revoke', ...stats, '--subject', 'group:devs'], 'dev');
      assert.match(
        group.stderr,
        /^warning: this removes your own access \(you are user:dev in group:devs\)\n {2}- subject group:devs\n/,
      );
      const bot = ['--subject', 'serviceaccount:ops:bot'];
      await tool(['grant', ...stats, ...bot]);
      const as = ['--as', 'system:serviceaccount:ops:bot', '--as-group', 'system:masters'];
      const account = await tool(['revoke', ...stats, ...bot, ...as, '-o', 'name']);
      assert.match(
        account.stderr,
        /^warning: this removes your own access \(you are serviceaccount:ops:bot\)\n/,
      );
      await tool(['grant', ...stats, '--subject', 'bob']);
      assert.not.match((await tool(['revoke', ...stats], 'dev')).stderr, 'your own access');
    }));

  test('a client dry run sends nothing but reads', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'admin', '--even-if-redundant']);
      const before = sandbox.apiServer.requests.length;
      const { stdout } = await tool(['revoke', ...stats, '--dry-run=client']);
      assert.match(stdout, 'deleted (dry run)');
      const lines = sandbox.apiServer.requests.slice(before).map(({ line }) => line);
      assert.equal(
        lines.filter((line) => !line.startsWith('GET ')),
        [],
      );
    }));

  test('-o prints all grants as one List, or one stream of documents', () =>
    withSandbox(settings, async (_, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane']);
      await tool(['grant', '--profile', 'logs', '--subject', 'bob']);
      const dry = ['revoke', '--all-profiles', '--dry-run=client', '-o'];
      const json = JSON.parse((await tool([...dry, 'json'])).stdout) as { items: unknown[] };
      assert.is(json.items.length, 4);
      assert.is(loadAll((await tool([...dry, 'yaml'])).stdout).length, 4);
    }));

  test('a server dry run says what the run then does, of several grants of one role', () =>
    withSandbox(settings, async (_, tool) => {
      for (const who of ['jane', 'bob']) await tool(['grant', ...stats, '--subject', who]);
      const dry = await tool(['revoke', ...stats, '--dry-run=server']);
      const run = await tool(['revoke', ...stats]);
      assert.is(dry.stdout.replaceAll(' (server dry run)', ''), run.stdout);
      assert.match(run.stdout, '/kubeletaccess:stats deleted\n');
    }));

  test(
    'of many grants, requests follow those that go, and text those that change',
    () =>
      withSandbox(settings, async (sandbox, tool) => {
        putRole(sandbox, 'kubeletaccess:stats', [], expiredFor('x'));
        for (let index = 0; index < 2_000; index += 1) {
          const name = `u${index}`;
          const { labels, annotations } = expiredFor(name);
          const later = { 'kubeletaccess/expires': `{"user:${name}":"2099-01-01T00:00:00Z"}` };
          putBinding(sandbox, name, 'kubeletaccess:stats', [user(name)], {
            labels,
            annotations: index < 100 ? annotations : { ...annotations, ...later },
          });
        }
        const before = sandbox.apiServer.requests.length;
        const { code, stdout, stderr } = await tool(['revoke', '--expired']);
        assert.is(code, 0);
        assert.is(bindings(sandbox).length, 1_900);
        const lines = sandbox.apiServer.requests.slice(before).map(({ line }) => line);
        // Pages of three lists; a rehearsal and a delete each, and who one is.
        assert.ok(lines.filter((line) => line.startsWith('GET ')).length <= 6);
        assert.is(lines.filter((line) => !line.startsWith('GET ')).length, 2 * 100 + 1);
        assert.match(stderr, /\n {2}subject user:u1000 kept: not expired yet\n/);
        assert.match(stderr, '\n  and 1895 more bindings kept\n');
        assert.ok(stdout.split('\n').length < 110 && stderr.split('\n').length < 110);
      }),
    { timeoutMs: 60_000 },
  );

  test('of many who refer to a role, the first few are named', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane']);
      for (let index = 0; index < 50; index += 1)
        putBinding(sandbox, `other-${index}`, 'kubeletaccess:stats', [user('x')]);
      const { stderr } = await tool(['revoke', ...stats]);
      assert.match(
        stderr,
        / kept: it is referenced by (ClusterRoleBinding other-\d+, ){4}ClusterRoleBinding other-\d+ and 45 more\n/,
      );
    }));
});

suite('revoke: beside a grant', (test) => {
  test('a role that somebody has come to refer to is kept', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane']);
      afterRequest(sandbox, /^DELETE .*clusterrolebindings/, 2, () =>
        putBinding(sandbox, 'new', 'kubeletaccess:stats', [user('bob')]),
      );
      const result = await tool(['revoke', ...stats, '--subject', 'jane']);
      assert.is(result.code, 0, result.stderr);
      assert.equal(roles(sandbox), ['kubeletaccess:stats']);
      const deletes = sandbox.apiServer.requests.filter(({ line }) =>
        /^DELETE .*clusterroles\//.test(line),
      );
      assert.is(deletes.length, 1, 'only the rehearsal');
    }));

  test('a role that somebody came to refer to while it was being deleted is put back', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', ...stats, '--subject', 'jane']);
      afterRequest(sandbox, /^DELETE .*clusterroles\//, 2, () =>
        putBinding(sandbox, 'new', 'kubeletaccess:stats', [user('bob')]),
      );
      const result = await tool(['revoke', ...stats, '--subject', 'jane']);
      assert.match(
        result.stderr,
        /\nnote: restored ClusterRole kubeletaccess:stats: ClusterRoleBinding new was changed to refer to it during the deletion\n/,
      );
      assert.equal(roles(sandbox), ['kubeletaccess:stats']);
    }));
});

/** Does something once, when the API server has got so many requests of a kind. */
function afterRequest(sandbox: Sandbox, line: RegExp, nth: number, action: () => void): void {
  const requests = sandbox.apiServer.requests as Sandbox['apiServer']['requests'][number][];
  const push = requests.push.bind(requests);
  let seen = 0;
  requests.push = (...added) => {
    if (added.some((request) => line.test(request.line))) seen += 1;
    if (seen === nth) {
      seen += 1;
      action();
    }
    return push(...added);
  };
}
