import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { account, knownBinding, knownRole, rbacRule, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { deleted, fails, mayDo, play, ran } from '../shared/pair/scenario.ts';

/** A grant to the kubelet client by name, for callers whose requests cannot find out its name. */
const asClient = 'grant --subject user:Kubernetes --allow-exec';
const mayWrite = (roleVerbs: string, bindingVerbs: string) => [
  rbacRule('clusterroles', `get,create${roleVerbs}`),
  rbacRule('clusterrolebindings', `get${bindingVerbs}`),
];
const created = 'clusterrolebinding.rbac.authorization.k8s.io/system:kube-apiserver created';

suite('grant', (test) => {
  play(test, [
    {
      title: 'denies nodes/proxy to anyone but the kubelet client without --allow-exec',
      args: 'grant --subject user:kubernetes',
      expected: fails([
        /^error: user:kubernetes is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:Kubernetes\n/,
        /hint: to let user:kubernetes read from kubelets: kubectl kubeletaccess grant --profile readonly --subject user:kubernetes\n$/,
      ]),
      afterwards: [ran('grant --subject user:Kubernetes')],
    },
    {
      title:
        'warns if --subject differs from the name of the kubelet client only in upper and lower case',
      args: 'grant --subject user:kubernetes --allow-exec',
      expected: {
        stderr:
          /^warning: user:kubernetes is not the kubelet client identity user:Kubernetes; names are case-sensitive\n/,
      },
      afterwards: [
        { args: 'grant --subject user:jane --allow-exec', expected: { stderrNot: /warning/ } },
      ],
    },
    {
      title: 'denies access to a kube-apiserver with a node certificate',
      cluster: { kubeletClient: 'system:node:master-1' },
      args: 'grant',
      expected: fails(
        /^error: kube-apiserver authenticates to kubelets as "system:node:master-1", which is never granted access: it is a node identity: /,
      ),
    },
    {
      title: 'grants nothing if kubelets name different users',
      cluster: { nodes: ['liar', 'none'] },
      args: 'grant',
      expected: fails([
        /^error: cannot determine the kubelet client identity of kube-apiserver: kubelets name different users\n/,
        /\nnode-1: denies user "system:serviceaccount:evil:evil"\nnode-2: denies user "Kubernetes"\n/,
      ]),
    },
    {
      title: 'does not accept a service account as the identity of kube-apiserver',
      cluster: { nodes: ['liar', 'liar'] },
      args: 'grant',
      expected: fails(
        /as the service account "system:serviceaccount:evil:evil", which cannot be a kubelet client identity/,
      ),
    },
    {
      title: 'does not treat the answer of another server as access to a kubelet',
      cluster: { nodes: ['portal'] },
      args: 'grant',
      expected: fails(/no kubelet named it\nnode-1: answered 200: <html>\n/),
    },
    {
      title: 'asks the next node if a node cannot be reached',
      cluster: { nodes: ['none', 'none'] },
      given: [({ kubelets }) => kubelets[0]?.stop()],
      args: 'grant',
      expected: {},
    },
    {
      title: 'lists the missing permissions of a caller who may only create, and writes nothing',
      given: [mayDo('dev', rbacRule('clusterroles,clusterrolebindings', 'create'))],
      args: asClient,
      as: 'dev',
      expected: fails([
        'is attempting to grant RBAC permissions not currently held:\n  {APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}',
        /\nmissing: nodes\/log \(all verbs\)\n(missing: nodes\/\w+ \(all verbs\)\n){4}missing: clusterroles\.\S+ get \(only system:kube-apiserver-to-kubelet\) for user "dev"\n/,
        / --verb=escalate --resource=clusterroles && /,
      ]),
    },
    {
      title: 'detects a denied binding before it creates the role',
      given: [mayDo('dev', ...mayWrite(',escalate,bind', ''))],
      args: asClient,
      as: 'dev',
      expected: fails([
        /cannot create resource "clusterrolebindings" .*\nmissing: clusterrolebindings\.rbac\.authorization\.k8s\.io create for user "dev"\nhint: /,
        / --verb=create --resource=clusterrolebindings && /,
      ]),
    },
    // API servers do not check a binding whose role does not exist yet.
    ...[31, 37].map((minor) => ({
      title: `fails on 1.${minor} without writes if the caller lacks bind and the permissions of the new role`,
      cluster: { minor },
      given: [mayDo('dev', ...mayWrite(',escalate', ',create'))],
      args: asClient,
      as: 'dev' as const,
      expected: fails([
        /\nerror: ClusterRoleBinding system:kube-apiserver would be denied: you have neither "bind" on ClusterRole system:kube-apiserver-to-kubelet nor all of its permissions\nmissing: nodes\/proxy \(all verbs\)\n/,
        / --verb=bind --resource=clusterroles --resource-name=system:kube-apiserver-to-kubelet && /,
      ]),
    })),
    {
      title: 'does not require escalate or bind if the caller has all permissions of the role',
      given: [mayDo('dev', ...mayWrite('', ',create'), rule('*', '*'))],
      args: `${asClient} --dry-run=server`,
      as: 'dev',
      expected: {},
      afterwards: [{ args: asClient, as: 'dev', expected: {} }],
    },
    {
      title: 'prints that the caller lacks bind on an existing role',
      given: [
        ran('grant'),
        deleted('clusterrolebindings', knownBinding),
        mayDo('dev', ...mayWrite('', ',create')),
      ],
      args: asClient,
      as: 'dev',
      expected: fails([
        '"system:kube-apiserver" is forbidden: user "dev" (groups=["devs" ',
        /\nmissing: nodes\/stats \(all verbs\)\nhint: /,
        / --verb=bind --resource=clusterroles --resource-name=/,
      ]),
    },
    {
      title:
        'grants access to all authenticated users only with --force, and never to anonymous users or nodes',
      args: 'grant --profile stats --subject group:system:authenticated',
      expected: fails(/requires --force: it is the group of every authenticated user\nhint: /),
      afterwards: [
        ran('grant --profile stats --subject group:system:authenticated --force'),
        ...[
          ...['user:system:anonymous', 'group:system:unauthenticated'],
          ...['group:system:nodes', 'user:system:node:node-1'],
        ].map((subject) => ({
          args: `grant --profile stats --subject ${subject} --force --allow-exec`,
          expected: fails(`error: cannot grant kubelet access to ${subject}: `),
        })),
      ],
    },
    {
      title: 'fails for a node that does not exist, because it may be the name of a user',
      args: 'grant nodee-1 bob',
      expected: {
        code: 2,
        stdout: '',
        stderr:
          /^error: nodes "nodee-1", "bob" not found\nhint: did you mean: node-1 or node-2\?\nhint: access for a user: --subject user:nodee-1\nhint: access for a node that joins later: --ignore-not-found\nhint: kubectl get nodes\n$/,
        objects: 'unchanged',
      },
    },
    {
      title: '--ignore-not-found grants access to a node that does not exist, and prints a warning',
      args: 'grant --profile metrics --subject user:jane --node node-1 --node nope --node nope --ignore-not-found',
      expected: {
        stderr: /^warning: node "nope" not found\nhint: kubectl get nodes\nfor user:jane:\n/,
        stderrNot: 'node-1" not found',
      },
      afterwards: [
        {
          args: 'grant --profile metrics --subject user:jane --node node-1 --node nope --ignore-not-found --dry-run=client',
          expected: { stdout: / unchanged/, stderr: /^warning: node "nope" not found\n/ },
        },
      ],
    },
    ...['system:serviceaccount:ops:bot', 'serviceaccount:ops:bot'].map((name, index, both) => ({
      title: `treats the user name of a service account as the service account: ${name}`,
      given: [ran(`grant --profile metrics --subject ${name}`)],
      args: `grant --profile metrics --subject ${both[1 - index]}`,
      expected: {
        stdout: / unchanged\n\S+:serviceaccount:ops:bot unchanged\n$/,
        objects: 'unchanged' as const,
        subjects: { 'kubeletaccess:metrics:serviceaccount:ops:bot': [account('bot', 'ops')] },
      },
      afterwards: [
        {
          args: `revoke --profile metrics --subject ${both[1 - index]}`,
          expected: { roles: [], bindings: [] },
        },
      ],
    })),
  ]);

  test('finds two API servers with different certificates, and grants access to each', () =>
    withSandbox(
      { nodes: ['none'], kubeletClient: ['Kubernetes', 'kube-apiserver-2'] },
      async (sandbox, tool) => {
        const { code, stderr } = await tool(['grant']);
        assert.is(code, 1);
        assert.match(stderr, /\nnode-1: denies user "Kubernetes"\n/);
        assert.match(stderr, /\nnode-1: denies user "kube-apiserver-2"\n/);
        assert.match(
          stderr,
          /\nA kubelet, broken or hostile, must not choose .*; API servers may also use different /,
        );
        assert.equal(sandbox.store.list('clusterroles'), []);
        const command = /: kubectl kubeletaccess (grant .*)\n/.exec(stderr)?.[1] ?? '';
        for (const name of ['Kubernetes', 'kube-apiserver-2'])
          assert.is((await tool(command.replace('NAME', name).split(' '))).code, 0, command);
        const status = await tool(['status']);
        assert.is(status.code, 0, status.stdout);
      },
    ));

  test('sends no write with --dry-run=client, not even to find missing permissions', () =>
    withSandbox(async (sandbox, tool) => {
      const { code, stderr } = await tool([...asClient.split(' '), '--dry-run=client'], 'dev');
      assert.is(code, 1);
      // The role and the binding are requested at the same time, and either may be denied first.
      assert.match(
        stderr,
        /^Error from server \(Forbidden\): .*\nmissing: clusterrole(?:binding)?s\.\S+ get /,
      );
      assert.ok(sandbox.apiServer.requests.every(({ line }) => line.startsWith('GET ')));
    }));

  test('lists the objects written before a failure', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', mayWrite(',escalate,bind', ',create'));
      // The caller loses the permission to write bindings as soon as the role exists.
      const store = sandbox.store.put.bind(sandbox.store);
      sandbox.store.put = (resource, object) => {
        if (object.metadata.name === knownRole)
          allow(sandbox, 'dev', mayWrite(',escalate,bind', ''));
        return store(resource, object);
      };
      const { code, stderr } = await tool(asClient.split(' '), 'dev');
      assert.is(code, 1);
      assert.match(stderr, /cannot create resource "clusterrolebindings"/);
      assert.match(
        stderr,
        /\nalready applied: clusterrole\.\S+ created\n(hint: .*\n){2}hint: re-run the same command to continue\n/,
      );
      assert.is((await tool(['grant'])).stdout.split('\n')[1], created);
    }));

  test('prints names with -o name, and the written objects with -o yaml', () =>
    withSandbox(async (sandbox, tool) => {
      const names = await tool(['grant', '-o', 'name']);
      assert.match(names.stdout, /^clusterrole\.\S+\nclusterrolebinding\.\S+\n$/);
      const { stdout } = await tool(['grant', '-o', 'yaml']);
      assert.equal(
        (loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind),
        ['ClusterRole', 'ClusterRoleBinding'],
      );
      // Created and updated objects are printed with the resourceVersion of the API server.
      const name = 'kubeletaccess:stats:user:jane';
      for (const more of [['--for', '1h'], ['--permanent']]) {
        const args = ['grant', '--profile', 'stats', '--subject', 'user:jane', ...more];
        const written = await tool([...args, '-o', 'yaml']);
        const there = sandbox.store.get('clusterrolebindings', name);
        assert.equal((loadAll(written.stdout) as unknown[])[1], there);
      }
    }));
});
