import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { ClusterRole } from '../../../src/objects.ts';
import {
  account,
  binding,
  everything,
  group,
  knownBinding,
  knownRole,
  onRequest,
  ownMetadata,
  pairRule,
  put,
  rbacRule,
  role,
  rule,
  serviceAccount,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import {
  aggregated,
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

/** A grant to the kubelet client by name, for callers whose requests cannot find out its name. */
const asClient = 'grant --subject user:Kubernetes --allow-exec';
const mayWrite = (roleVerbs: string, bindingVerbs: string) => [
  rbacRule('clusterroles', `get,create${roleVerbs}`),
  rbacRule('clusterrolebindings', `get${bindingVerbs}`),
];
const created = 'clusterrolebinding.rbac.authorization.k8s.io/system:kube-apiserver created';
const stats = 'grant --profile stats --subject user:jane';
const statsRole = 'kubeletaccess:stats';
const statsRules = [rule('nodes/stats'), rule('nodes', 'get,list')];
const statsBinding = `${statsRole}:user:jane`;
const toView = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
const isReal = '(?!.*dryRun)';

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
      title: 'lists the permissions of the role that the caller lacks, and writes nothing',
      given: [mayDo('dev', ...mayWrite('', ',create'))],
      args: asClient,
      as: 'dev',
      expected: fails([
        'is attempting to grant RBAC permissions not currently held:\n  {APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}',
        /\nmissing: nodes\/log \(all verbs\)\n(missing: nodes\/\w+ \(all verbs\)\n){4}hint: ask a cluster-admin /,
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
      expected: {
        code: 1,
        objects: 'unchanged',
        stderr: [
          '"system:kube-apiserver" is forbidden: user "dev" (groups=["devs" ',
          /\nmissing: nodes\/stats \(all verbs\)\nhint: /,
          / --verb=bind --resource=clusterroles --resource-name=/,
        ],
      },
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
        stderr:
          /^warning: node "nope" not found\nhint: kubectl get nodes\nwould grant to user:jane:\n/,
        stderrNot: 'node-1" not found',
      },
      afterwards: [
        {
          args: 'grant --profile metrics --subject user:jane --node node-1 --node nope --ignore-not-found --dry-run=client',
          expected: { stdout: / unchanged/, stderr: /^warning: node "nope" not found\n/ },
        },
      ],
    },
    {
      title: 'fails for a service account that does not exist',
      given: [exists(serviceAccount('bot', 'ops'))],
      args: 'grant --profile metrics --subject serviceaccount:ops:bott',
      expected: {
        code: 2,
        stdout: '',
        stderr:
          /^error: namespace ops has no service account bott\nhint: did you mean: serviceaccount:ops:bot\?\nhint: access for an account that is created later: --ignore-not-found\nhint: kubectl get serviceaccounts -n ops\n$/,
        objects: 'unchanged',
      },
      afterwards: [
        {
          args: 'grant --profile metrics --subject serviceaccount:ops:bott --ignore-not-found --dry-run=client -oyaml',
          expected: {
            stderr:
              /^warning: namespace ops has no service account bott; did you mean: serviceaccount:ops:bot\?\n$/,
          },
        },
        mayDo('dev', ...mayWrite(',escalate,bind', ',create'), rule('nodes', 'get,list')),
        {
          args: 'grant --profile metrics --subject serviceaccount:ops:bott',
          as: 'dev',
          expected: { stderr: /^would grant/ },
        },
      ],
    },
    ...['system:serviceaccount:ops:bot', 'serviceaccount:ops:bot'].map((name, index, both) => ({
      title: `treats the user name of a service account as the service account: ${name}`,
      given: [
        exists(serviceAccount('bot', 'ops')),
        ran(`grant --profile metrics --subject ${name}`),
      ],
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

  test('prints names with -o name, and with -o yaml the objects as the API server answered them, also of its dry run', () =>
    withSandbox(async (sandbox, tool) => {
      const names = await tool(['grant', '-o', 'name']);
      assert.match(names.stdout, /^clusterrole\.\S+\nclusterrolebinding\.\S+\n$/);
      for (const more of [' --for 1h', '']) {
        const written = await tool(`${stats}${more} -o yaml`);
        const there = sandbox.store.get('clusterrolebindings', statsBinding);
        assert.equal((loadAll(written.stdout) as unknown[])[1], there);
      }
      const dry = await tool('grant --profile logs --subject user:bob --dry-run=server -o yaml');
      for (const { metadata } of loadAll(dry.stdout) as ClusterRole[])
        assert.ok(metadata.uid && metadata.creationTimestamp, dry.stdout);
    }));
});

suite('grant: foreign objects and subjects', (test) => {
  const bindJane = (name: string, ...who: readonly string[]) =>
    binding(name, statsRole, who.map(user), ownMetadata());
  play(test, [
    {
      title: 'leaves objects of others alone that are exactly right',
      given: [
        exists(role(statsRole, statsRules), binding(statsBinding, statsRole, [user('jane')])),
      ],
      args: stats,
      expected: { stdout: / unchanged\n.* unchanged\n$/, objects: 'unchanged' },
      afterwards: [
        {
          args: `${stats} --for 1h`,
          expected: fails(
            /^error: user:jane has access that grant did not add, through ClusterRoleBinding kubeletaccess:stats:user:jane: --for cannot end it\n/,
          ),
        },
      ],
    },
    {
      title: 'changes no object of others that has its name, and says what its deletion takes',
      given: [exists(role(statsRole, statsRules), binding(statsBinding, statsRole, [user('eve')]))],
      args: `${stats} --force`,
      expected: fails(
        /^error: ClusterRoleBinding kubeletaccess:stats:user:jane was not made by grant\nsubject user:eve has ClusterRole kubeletaccess:stats by it\nhint: delete it, which takes that role from its subjects, and run this command again: kubectl delete clusterrolebinding kubeletaccess:stats:user:jane\n$/,
      ),
      afterwards: [
        exists(role(statsRole, statsRules.slice(1)), bindJane(statsBinding, 'jane')),
        {
          args: `${stats} --force`,
          expected: fails(
            /^error: ClusterRole kubeletaccess:stats was not made by grant, and lacks nodes\/stats get\nit allows nodes get,list\nhint: delete it, which takes these rules from all its subjects, .* kubectl delete clusterrole kubeletaccess:stats\n$/,
          ),
        },
        deleted('clusterrolebindings', statsBinding),
        exists(binding(statsBinding, 'view', [user('eve')])),
        {
          args: `${stats} --force`,
          expected: fails(
            / refers to ClusterRole view, not kubeletaccess:stats, and roleRef is immutable\nsubject user:eve has ClusterRole view by it\n/,
          ),
        },
      ],
    },
    {
      title: 'hands a role with more rules to a new subject only with --force, which removes them',
      given: [ran(stats), exists(role(statsRole, [...statsRules, rule('secrets')], ownMetadata()))],
      args: 'grant --profile stats --subject user:bob',
      expected: fails(
        /^error: ClusterRole kubeletaccess:stats allows more than profile stats\nextra rule: secrets get\nhint: re-run with --force to remove the extra rules, also from its other subjects\n$/,
      ),
      afterwards: [
        // Who has the role already gets nothing new.
        { args: stats, expected: { objects: 'unchanged' } },
        { args: `${stats} --for 1h`, expected: { stdout: /stats unchanged\n.* configured\n/ } },
        {
          args: 'grant --profile stats --subject user:bob --force',
          expected: { stderr: '\n  - secrets get\n', stdout: /stats configured\n.*bob created\n/ },
        },
        ({ store }) => assert.equal(store.get('clusterroles', statsRole)?.['rules'], statsRules),
        exists(role(statsRole, [...statsRules, rule('secrets')])),
        {
          args: 'grant --profile stats --subject user:eve --force',
          expected: fails(
            /^error: ClusterRole kubeletaccess:stats was not made by grant, and allows more than profile stats\n(it allows .*\n){2}it allows secrets get\nhint: delete it, which takes these rules/,
          ),
        },
      ],
    },
    {
      title: 'puts missing rules back, and keeps subjects that others added, whom it names',
      given: [
        ran(`${stats} --for 1h`),
        exists(role(statsRole, statsRules.slice(1), ownMetadata())),
      ],
      args: stats,
      expected: {
        stderr:
          /^would grant to user:jane:\n {2}\+ nodes\/stats get\n {2}~ subject user:jane no longer expires \(was \S+Z\)\n/,
        stdout: / configured\n.* configured\n/,
      },
      afterwards: [
        exists(
          role(statsRole, statsRules.slice(1), ownMetadata()),
          bindJane(statsBinding, 'jane', 'eve'),
        ),
        {
          args: stats,
          expected: fails(
            /^error: adding nodes\/stats get to ClusterRole kubeletaccess:stats would also grant it to others\nalso for user:eve, through ClusterRoleBinding kubeletaccess:stats:user:jane\nhint: re-run with --force if they may have it\n$/,
          ),
        },
        {
          args: `${stats} --force`,
          expected: { subjects: { [statsBinding]: [user('jane'), user('eve')] } },
        },
      ],
    },
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
        /^error: creating ClusterRole system:kube-apiserver-to-kubelet would also grant nodes\/proxy,.* \(all verbs\) to others\nalso for user:mallory, group:system:authenticated, through ClusterRoleBinding old\nalso for user:kubernetes, through ClusterRoleBinding system:kube-apiserver\nhint: re-run with --force/,
      ),
      afterwards: [
        { args: 'grant --force', expected: { stderr: /\n {4}also for user:mallory, group:/ } },
      ],
    },
    {
      title: 'gives no rule to subjects that must never have access, not even with --force',
      given: [exists(binding(knownBinding, knownRole, [group('system:unauthenticated')]))],
      args: 'grant --force',
      expected: fails(
        /^error: group:system:unauthenticated would also get access through ClusterRoleBinding system:kube-apiserver, which is never allowed: /,
      ),
    },
    {
      title: 'counts who gets rules through an aggregated role',
      given: [
        exists(
          ...view,
          aggregated('all', ownMetadata().labels),
          { ...aggregated('more', { part: 'all' }) },
          binding('everyone', 'all', [group('ops')]),
        ),
        annotated('clusterroles', 'all', { labels: { part: 'all' } }),
      ],
      args: 'grant',
      expected: fails(
        /^error: creating ClusterRole system:kube-.*\nalso for ClusterRole all, which includes it by aggregation\nalso for group:ops, through ClusterRoleBinding everyone\nalso for ClusterRole more, which includes it by aggregation\nhint: /,
      ),
      afterwards: [
        ran('grant --force'),
        deleted('clusterroles', 'all'),
        annotated('clusterroles', knownRole, { labels: { ...ownMetadata().labels, ...toView } }),
        { args: 'grant', expected: { objects: 'unchanged' } },
        exists(role(knownRole, [], { labels: { ...ownMetadata().labels, ...toView } })),
        {
          args: 'grant',
          expected: fails(
            /\nalso for ClusterRole view, which includes it by aggregation\nalso for group:devs, through ClusterRoleBinding devs\n/,
          ),
        },
        exists({ ...role(knownRole, [], ownMetadata()), aggregationRule: {} }),
        {
          args: 'grant --force',
          expected: fails(
            / lacks nodes\/proxy.*, but it is an aggregated role and cannot be edited\n/,
          ),
        },
      ],
    },
    {
      title: 'notes what it could not check for a caller who may not list bindings and roles',
      given: [
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,create,update,bind,escalate'),
          rbacRule('clusterrolebindings', 'get,create'),
        ),
      ],
      args: asClient,
      as: 'dev',
      expected: {
        stderr: [
          /\nnote: cannot check whether other bindings already refer to ClusterRole system:kube-apiserver-to-kubelet and would grant it to others: clusterrolebindings\.\S+ is forbidden: User "dev" cannot list /,
          /\nnote: cannot check whether ClusterRole \S+ is aggregated into others and would be granted through them: /,
        ],
      },
      afterwards: [
        exists(role(statsRole, [], { labels: { ...ownMetadata().labels, ...toView } })),
        mayDo(
          'dev',
          rbacRule('clusterroles', 'get,create,update,bind,escalate'),
          rbacRule('clusterrolebindings'),
        ),
        {
          args: stats,
          as: 'dev',
          expected: fails(/\nit has an aggregation label, and clusterroles cannot be listed\n/),
        },
      ],
    },
    {
      title: 'adds no rules for a caller who has escalate, but neither bind nor the permissions',
      given: [
        exists(role(knownRole, [rule('nodes/stats', '*')])),
        mayDo(
          'dev',
          ...mayWrite(',list,update,escalate', ',list,create,update'),
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
          ...mayWrite(',list,update,escalate,bind', ',list,create,update'),
          rule('nodes/stats', '*'),
        ),
        { args: asClient, as: 'dev', expected: {} },
      ],
    },
    ...(
      [
        [{ annotations: { 'meta.helm.sh/release-name': 'kube' } }, /managed by Helm release kube/],
        [{ labels: { 'app.kubernetes.io/managed-by': 'x' } }, /managed by x/],
        [{ managedFields: [{}, { manager: 'argocd-controller' }] }, /managed by Argo CD/],
        [
          { ownerReferences: [{ apiVersion: 'v1', kind: 'Operator', name: 'o', uid: '1' }] },
          /managed by Operator o \(owner reference\)/,
        ],
      ] as const
    ).map(([metadata, manager]) => ({
      title: `changes an object that is ${manager.source} only with --force`,
      given: [
        exists(role(knownRole, [rule('nodes/stats', '*')])),
        annotated('clusterroles', knownRole, metadata),
      ],
      args: 'grant',
      expected: fails(manager),
      afterwards: [{ args: 'grant --force', expected: {} }],
    })),
    {
      title: 'adds to a role and binding made by hand what they lack, and records only that',
      given: [
        exists(
          role(knownRole, [rule('nodes/stats,nodes/log', '*'), rule('pods')]),
          binding(knownBinding, knownRole, [user('other')]),
        ),
      ],
      args: 'grant --force',
      expected: {
        stderr:
          /\n {2}\+ nodes\/metrics \(all verbs\)\n {4}also for user:other, through .*\n {2}\+ pods get, which ClusterRole \S+ allows beyond the profile\n/,
        subjects: { [knownBinding]: [user('other'), user('Kubernetes')] },
      },
      afterwards: [
        ({ store }) => {
          const found = store.get('clusterrolebindings', knownBinding)?.metadata;
          assert.equal(found?.annotations, {
            'kubeletaccess/added': '["user:Kubernetes"]',
            'kubeletaccess/granted-by': 'user:admin',
          });
          assert.is(found?.labels, undefined);
        },
        { args: 'grant', expected: { objects: 'unchanged' } },
        {
          args: 'revoke',
          expected: { subjects: { [knownBinding]: [user('other')] }, stderrNot: '- pods' },
        },
        ({ store }) => {
          const found = store.get('clusterroles', knownRole);
          assert.equal(found?.['rules'], [rule('nodes/stats,nodes/log', '*'), rule('pods')]);
          const bound = store.get('clusterrolebindings', knownBinding);
          assert.equal(
            [found?.metadata.annotations ?? {}, bound?.metadata.annotations ?? {}],
            [{}, {}],
          );
        },
      ],
    },
  ]);
});

suite('grant: expiry and redundancy', (test) => {
  play(test, [
    {
      title:
        'says by which binding the subject has the access already, and grants it beside with --force',
      given: [mayDo('jane', everything)],
      args: stats,
      expected: {
        stdout: '',
        stderr:
          'nothing to do: user:jane already has this access through ClusterRoleBinding for-jane\nhint: re-run with --force to grant it beside that\n',
        objects: 'unchanged',
      },
      afterwards: [
        { args: `${stats} --for 1h`, expected: { stdout: '', objects: 'unchanged' } },
        { args: `${stats} --force`, expected: { bindings: ['for-jane', statsBinding] } },
      ],
    },
    {
      title: 'grants access without an expiry even if the subject has access that expires',
      given: [ran('grant --profile readonly --subject user:jane --for 10m')],
      args: stats,
      expected: {
        stderrNot: 'nothing to do',
        bindings: ['kubeletaccess:readonly:user:jane', statsBinding],
      },
      afterwards: [
        ran('grant --profile readonly --subject user:bob'),
        {
          args: 'grant --profile stats --subject user:bob',
          expected: {
            stderr: /^nothing to do: user:bob already has this access through ClusterRoleBi/,
          },
        },
      ],
    },
    {
      title: '--for sets another expiry, and removes it where it is left out',
      given: [ran(`${stats} --for 1h`)],
      args: `${stats} --for 2h`,
      expected: {
        stderr: [
          /^would grant to user:jane:\n {2}~ subject user:jane expires \S+Z \(was \S+Z\)\nnote: Kubernetes/,
        ],
        stdout: / unchanged\n.* configured\n$/,
      },
      afterwards: [
        {
          args: `${stats} --dry-run=client`,
          expected: { stderr: /no longer expires/, objects: 'unchanged' },
        },
        {
          args: stats,
          expected: {
            stderr:
              /^would grant to user:jane:\n {2}~ subject user:jane no longer expires \(was \S+Z\)\n$/,
          },
        },
        { args: stats, expected: { stderr: '', objects: 'unchanged' } },
        { args: `${stats} --for 1h`, expected: { stderr: / \(was never\)\n/ } },
        annotated('clusterrolebindings', statsBinding, ownMetadata({ expires: 'tomorrow' })),
        { args: stats, expected: { stderr: /no longer expires \(was tomorrow\)\n$/ } },
      ],
    },
    {
      title: '--profile builtin binds the role of kube-apiserver, and does not create it',
      args: 'grant --profile builtin',
      expected: fails(
        /^error: ClusterRole system:kubelet-api-admin not found; kube-apiserver creates it by default\nhint: use a profile with its own role, such as --profile apiserver\n/,
      ),
      afterwards: [
        exists(
          role('system:kubelet-api-admin', [pairRule]),
          binding('own', 'system:kubelet-api-admin', [user('Kubernetes')]),
        ),
        {
          args: 'grant --profile builtin',
          expected: {
            stdout: '',
            stderr: /^nothing to do: user:Kubernetes .* through ClusterRoleBinding own\n/,
          },
        },
        deleted('clusterrolebindings', 'own'),
        ran('grant --profile builtin'),
        {
          args: 'revoke --profile builtin',
          expected: { bindings: [], roles: ['system:kubelet-api-admin'] },
        },
      ],
    },
    {
      title: 'keeps the expiries of two subjects of the binding of kube-apiserver apart',
      given: [
        exists(
          role(knownRole, [pairRule]),
          binding(knownBinding, knownRole, [user('first')], {
            annotations: { 'kubeletaccess/added': '["user:first"]' },
          }),
        ),
      ],
      args: 'grant --for 1h',
      expected: fails(
        /^error: ClusterRoleBinding system:kube-apiserver also gives user:first this access, which does not expire: one binding has one expiry\n/,
      ),
    },
  ]);
});

suite('grant: concurrent writes', (test) => {
  const removeJanes = (line: RegExp) =>
    meanwhile(line, ({ store }) => {
      store.delete('clusterrolebindings', statsBinding);
      store.delete('clusterroles', statsRole);
    });
  play(test, [
    {
      title: 'creates the role again if a revoke deletes it while grant writes the binding',
      given: [ran(stats), removeJanes(new RegExp(`^POST ${isReal}.*clusterrolebindings`))],
      args: 'grant --profile stats --subject user:bob',
      expected: {
        stdout: /stats unchanged\n.*bob created\n.*stats created\n$/,
        stderr:
          /\nnote: another client changed these objects; the changes are now:\nwould grant to user:bob:\n/,
        roles: [statsRole],
      },
    },
    {
      title: 'creates a deleted role again before it writes the binding, if the caller lacks bind',
      given: [
        mayDo(
          'dev',
          rbacRule(
            'clusterroles,clusterrolebindings,rolebindings',
            'get,list,create,update,delete',
          ),
          rule('nodes/stats'),
          rule('nodes', 'get,list'),
        ),
        ran(stats),
        removeJanes(new RegExp(`^POST ${isReal}.*clusterrolebindings`)),
      ],
      args: 'grant --profile stats --subject user:bob',
      as: 'dev',
      expected: { stdout: /stats created\n.*bob created\n$/ },
    },
    {
      title: 'gives no rule to a subject that another client adds meanwhile',
      given: [
        exists(
          role(knownRole, [rule('nodes/stats', '*')]),
          binding(knownBinding, knownRole, [user('Kubernetes')]),
        ),
        meanwhile(/^PUT .*clusterroles/, (sandbox) =>
          put(
            sandbox,
            role(knownRole, [rule('nodes/stats', '*')]),
            binding(knownBinding, knownRole, [user('Kubernetes'), user('mallory')]),
          ),
        ),
      ],
      args: 'grant',
      expected: {
        code: 1,
        stderr: '\nalso for user:mallory, through ClusterRoleBinding system:kube-apiserver\n',
      },
    },
  ]);

  for (const [when, line, expected] of [
    [
      'before the second write lists the first',
      new RegExp(`^POST ${isReal}.*clusterrolebindings`),
      /\ninterrupted\nalready applied: clusterrole\.\S+ created\nresult unknown: clusterrolebinding\.\S+ created\nhint: re-run the same command to continue\n$/,
    ],
    ['before the first write lists nothing', /^POST .*dryRun/, /^(?!.*interrupted)/s],
  ] as const)
    test(`Ctrl-C ${when}`, () =>
      withSandbox(async (sandbox) => {
        const interruption = new AbortController();
        onRequest(sandbox, line, () => interruption.abort());
        const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
        const { code, stderr } = await runTool(['grant'], { env, signal: interruption.signal });
        assert.is(code, 130);
        assert.match(stderr, expected);
      }));
});
