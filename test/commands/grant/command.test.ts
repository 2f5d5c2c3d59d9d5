import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

suite('grant and revoke', (test) => {
  test('nobody but who the cluster shows is given nodes/proxy without --allow-exec', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const refused = await tool(['grant', '--subject', 'kubernetes']);
      assert.is(refused.code, 1);
      assert.match(
        refused.stderr,
        /^error: user:kubernetes is not the kubelet client identity; kube-apiserver authenticates to kubelets as user:Kubernetes\n/,
      );
      assert.match(
        refused.stderr,
        /hint: to grant user:kubernetes access anyway: kubectl kubeletaccess grant --subject user:kubernetes --allow-exec\n/,
      );
      assert.equal(sandbox.store.list('clusterroles'), []);
      assert.is((await tool(['grant', '--subject', 'Kubernetes'])).code, 0);
    }));

  for (const subject of ['system:anonymous', 'group:system:nodes', 'system:node:node-1'])
    test(`${subject} is never granted, whatever the flags`, () =>
      withSandbox({ minor: 37 }, async (sandbox, tool) => {
        const { code, stderr } = await tool(['grant', '--subject', subject, '--allow-exec']);
        assert.is(code, 1);
        assert.match(stderr, `error: cannot grant kubelet access to ${subject}: `);
        assert.equal(sandbox.apiServer.requests, []);
      }));

  test('another spelling of kube-apiserver is granted only with a warning', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      const { code, stderr } = await tool(['grant', '--subject', 'kubernetes', '--allow-exec']);
      assert.is(code, 0);
      assert.match(
        stderr,
        /^warning: user:kubernetes is not the kubelet client identity user:Kubernetes; names are case-sensitive\n/,
      );
      const other = await tool(['grant', '--subject', 'jane', '--allow-exec']);
      assert.not.match(other.stderr, /warning/);
    }));

  test('two API servers with different certificates are both found, and granted one by one', () =>
    withSandbox(
      { minor: 37, nodes: ['none'], kubeletClient: ['Kubernetes', 'kube-apiserver-2'] },
      async (sandbox, tool) => {
        const { code, stderr } = await tool(['grant']);
        assert.is(code, 1);
        assert.match(stderr, /\nnode-1: refuses user "Kubernetes"\n/);
        assert.match(stderr, /\nnode-1: refuses user "kube-apiserver-2"\n/);
        assert.match(stderr, /\nEither there are API servers with different client certificates, /);
        assert.equal(sandbox.store.list('clusterroles'), []);
        const commands = [...stderr.matchAll(/: kubectl kubeletaccess (grant .*)\n/g)];
        assert.is(commands.length, 2);
        for (const [, command = ''] of commands)
          assert.is((await tool(command.split(' '))).code, 0, command);
        const status = await tool(['status']);
        assert.is(status.code, 0, status.stdout);
      },
    ));

  test('who may not list nodes is told what that takes', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      const { code, stderr } = await tool(['grant'], 'dev');
      assert.is(code, 1);
      assert.match(
        stderr,
        /^Error from server \(Forbidden\): nodes is forbidden: User "dev" cannot list resource "nodes" .*\nmissing: nodes list for user "dev"\nhint: /,
      );
    }));

  test('of several revokes at once none fails, whoever is first', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['grant']);
      const results = await Promise.all(Array.from({ length: 8 }, () => tool(['revoke'])));
      assert.equal(
        results.map(({ code }) => code),
        results.map(() => 0),
        results.map(({ stderr }) => stderr).join(''),
      );
      assert.equal(sandbox.store.list('clusterrolebindings'), []);
    }));

  test('a kube-apiserver that shows a node certificate is not granted anything', () =>
    withSandbox({ minor: 37, kubeletClient: 'system:node:master-1' }, async (_, tool) => {
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: kube-apiserver is "system:node:master-1" to kubelets, and that is never granted anything: it is a node identity: /,
      );
    }));

  test('an identity that kubelets refuse nothing needs no grant', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
      const { code, stdout, stderr } = await tool(['grant']);
      assert.equal([code, stdout], [0, '']);
      assert.match(stderr, /^nothing to do: kube-apiserver already has full kubelet access /);
    }));

  test('kubelets that name different users decide nothing', () =>
    withSandbox({ minor: 37, nodes: ['liar', 'none'] }, async (sandbox, tool) => {
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: cannot find out who kube-apiserver is to kubelets: kubelets name different users\n/,
      );
      assert.match(
        stderr,
        /\nnode-1: refuses user "system:serviceaccount:evil:evil"\nnode-2: refuses user "Kubernetes"\n/,
      );
      assert.equal(sandbox.store.list('clusterroles'), []);
    }));

  test('a service account is not believed to be kube-apiserver', () =>
    withSandbox({ minor: 37, nodes: ['liar'] }, async (sandbox, tool) => {
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /is the service account "system:serviceaccount:evil:evil", which no kube-apiserver is/,
      );
      assert.equal(sandbox.store.list('clusterroles'), []);
    }));

  test('what is no answer of a kubelet does not count as access', () =>
    withSandbox({ minor: 37, nodes: ['portal'] }, async (_, tool) => {
      const { code, stdout, stderr } = await tool(['grant']);
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, /no node that was asked told it\nnode-1: it answered 200: <html>\n/);
    }));

  test('when one node cannot be reached the next is asked', () =>
    withSandbox({ minor: 37, nodes: ['none', 'none'] }, async (sandbox, tool) => {
      await sandbox.kubelets[0]?.stop();
      assert.is((await tool(['grant'])).code, 0);
    }));

  test('who may only create roles and bindings gets the list of what is not held, and nothing is half made', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const rules = [
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles', 'clusterrolebindings'],
          verbs: ['create'],
        },
      ];
      allow(sandbox, 'dev', rules);
      const { code, stdout, stderr } = await tool(
        ['grant', '--subject', 'Kubernetes', '--allow-exec'],
        'dev',
      );
      assert.is(code, 1);
      assert.is(stdout, '');
      assert.match(
        stderr,
        'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes/log"], Verbs:["*"]}',
      );
      assert.match(
        stderr,
        /\nmissing: nodes\/log \*\n(missing: nodes\/\w+ \*\n){4}missing: clusterroles\.\S+ get \(only system:kube-apiserver-to-kubelet\) for user "dev"\n/,
      );
      assert.match(stderr, / --verb=escalate --resource=clusterroles && /);
      assert.is(sandbox.store.list('clusterroles').length, 1);
      assert.is(sandbox.store.list('clusterrolebindings').length, 1);
    }));

  const mayWrite = (roleVerbs: readonly string[], bindingVerbs: readonly string[]) => [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      verbs: ['get', 'create', ...roleVerbs],
    },
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterrolebindings'],
      verbs: ['get', ...bindingVerbs],
    },
  ];

  test('that the binding would be denied is known before the role is made', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      allow(sandbox, 'dev', mayWrite(['escalate', 'bind'], []));
      const { code, stdout, stderr } = await tool(
        ['grant', '--subject', 'Kubernetes', '--allow-exec'],
        'dev',
      );
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /cannot create resource "clusterrolebindings" .*\nmissing: clusterrolebindings\.rbac\.authorization\.k8s\.io create for user "dev"\nhint: /,
      );
      assert.match(stderr, / --verb=create --resource=clusterrolebindings && /);
      assert.is(sandbox.store.list('clusterroles').length, 1);
    }));

  for (const minor of [31, 37])
    test(`1.${minor} cannot check a binding to a role that is to come, and who may not bind it is told so all the same`, () =>
      withSandbox({ minor }, async (sandbox, tool) => {
        allow(sandbox, 'dev', mayWrite(['escalate'], ['create']));
        const args = ['grant', '--subject', 'Kubernetes', '--allow-exec'];
        const { code, stdout, stderr } = await tool(args, 'dev');
        assert.equal([code, stdout], [1, '']);
        assert.match(
          stderr,
          /\nerror: ClusterRoleBinding system:kube-apiserver would be denied: you have neither "bind" on ClusterRole system:kube-apiserver-to-kubelet nor all of its permissions\nmissing: nodes\/proxy \*\n/,
        );
        assert.match(
          stderr,
          / --verb=bind --resource=clusterroles --resource-name=system:kube-apiserver-to-kubelet && /,
        );
        assert.is(sandbox.store.list('clusterroles').length, 1);
      }));

  test('who holds what the pair gives needs neither escalate nor bind', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const held = { apiGroups: [''], resources: ['*'], verbs: ['*'] };
      allow(sandbox, 'dev', [...mayWrite([], ['create']), held]);
      const args = ['grant', '--subject', 'Kubernetes', '--allow-exec'];
      assert.is((await tool([...args, '--dry-run=server'], 'dev')).code, 0);
      assert.is((await tool(args, 'dev')).code, 0);
    }));

  test('a binding to a role that is there is refused in words of bind', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['grant']);
      sandbox.store.delete('clusterrolebindings', 'system:kube-apiserver');
      allow(sandbox, 'dev', mayWrite([], ['create']));
      const args = ['grant', '--subject', 'Kubernetes', '--allow-exec'];
      const { code, stderr } = await tool(args, 'dev');
      assert.is(code, 1);
      assert.match(stderr, '"system:kube-apiserver" is forbidden: user "dev" (groups=["devs" ');
      assert.match(stderr, /\nmissing: nodes\/stats \*\nhint: /);
      assert.match(stderr, / --verb=bind --resource=clusterroles --resource-name=/);
    }));

  test('--dry-run=client sends no write, not even to find out what it would lack', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const args = ['grant', '--subject', 'Kubernetes', '--allow-exec', '--dry-run=client'];
      const { code, stderr } = await tool(args, 'dev');
      assert.is(code, 1);
      assert.match(stderr, /^Error from server \(Forbidden\): .*\nmissing: clusterroles\.\S+ get /);
      assert.ok(sandbox.apiServer.requests.every(({ line }) => line.startsWith('GET ')));
    }));

  test('a failure after the first write says what was written', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      allow(sandbox, 'dev', mayWrite(['escalate', 'bind'], ['create']));
      // The right to write bindings goes away as soon as the role is there.
      const put = sandbox.store.put.bind(sandbox.store);
      sandbox.store.put = (resource, object) => {
        if (object.metadata.name === 'system:kube-apiserver-to-kubelet')
          allow(sandbox, 'dev', mayWrite(['escalate', 'bind'], []));
        return put(resource, object);
      };
      const { code, stderr } = await tool(
        ['grant', '--subject', 'Kubernetes', '--allow-exec'],
        'dev',
      );
      assert.is(code, 1);
      assert.match(stderr, /cannot create resource "clusterrolebindings"/);
      assert.match(
        stderr,
        /\nalready applied: clusterrole\.\S+ created\n(hint: .*\n){2}hint: re-run the same command to continue\n/,
      );
      assert.is(
        (await tool(['grant'])).stdout.split('\n')[1],
        'clusterrolebinding.rbac.authorization.k8s.io/system:kube-apiserver created',
      );
    }));

  test('what another binding gives already is not granted again, unless that is insisted on', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const all = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
      allow(sandbox, 'Kubernetes', all);
      const before = sandbox.store.list('clusterrolebindings').length;
      const first = await tool(['grant', '--subject', 'user:Kubernetes', '--allow-exec']);
      assert.equal([first.code, first.stdout], [0, '']);
      assert.match(
        first.stderr,
        /^nothing to do: user:Kubernetes already has this access through ClusterRoleBinding for-Kubernetes\nhint: /,
      );
      assert.is(sandbox.store.list('clusterrolebindings').length, before);
      const args = ['grant', '--subject', 'user:Kubernetes', '--allow-exec', '--even-if-redundant'];
      // Kubelets do not tell that he is kube-apiserver, as they refuse it nothing.
      assert.match((await tool(args)).stdout, /kubeletaccess:apiserver:user:Kubernetes created\n$/);
    }));

  test('a binding of another role is made anew with --recreate, and put back if that fails', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const other = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'system:kube-apiserver' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'Kubernetes' }],
      };
      const name = 'system:kube-apiserver';
      const roleOf = () =>
        (sandbox.store.get('clusterrolebindings', name) as typeof other | undefined)?.roleRef.name;
      sandbox.store.put('clusterrolebindings', other);
      const refused = await tool(['grant']);
      assert.is(refused.code, 1);
      assert.match(
        refused.stderr,
        /refers to ClusterRole view, not system:kube-apiserver-to-kubelet, and roleRef is immutable\n/,
      );

      const put = sandbox.store.put.bind(sandbox.store);
      sandbox.store.put = (collection, object) => {
        const { roleRef } = object as Partial<typeof other>;
        if (roleRef?.name === 'system:kube-apiserver-to-kubelet') throw new Error('full');
        return put(collection, object);
      };
      const failed = await tool(['grant', '--recreate']);
      assert.is(failed.code, 1, failed.stderr);
      assert.is(roleOf(), 'view');

      sandbox.store.put = put;
      const { code, stdout, stderr } = await tool(['grant', '--recreate']);
      assert.is(code, 0, stderr);
      assert.match(stdout, /system:kube-apiserver recreated\n$/);
      assert.is(roleOf(), 'system:kube-apiserver-to-kubelet');
    }));

  test('subjects that are everyone are granted nothing, or only what is insisted on', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      for (const subject of [
        'system:anonymous',
        'group:system:unauthenticated',
        'group:system:nodes',
      ])
        assert.match(
          (await tool(['grant', '--profile', 'stats', '--subject', subject, '--force'])).stderr,
          `error: cannot grant kubelet access to ${subject}: `,
        );
      const everyone = ['grant', '--profile', 'stats', '--subject', 'group:system:authenticated'];
      assert.match(
        (await tool(everyone)).stderr,
        /requires --force: it is the group of every authenticated user\nhint: /,
      );
      assert.is((await tool([...everyone, '--force'])).code, 0);
    }));

  test('-o name prints names, and -o yaml after a grant prints what is there now', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const names = await tool(['grant', '-o', 'name']);
      assert.match(names.stdout, /^clusterrole\.\S+\nclusterrolebinding\.\S+\n$/);
      const { stdout } = await tool(['grant', '-o', 'yaml']);
      assert.equal(
        (loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind),
        ['ClusterRole', 'ClusterRoleBinding'],
      );
      // Created, configured, made anew: each with the version that the API server gave it.
      const who = ['--profile', 'stats', '--subject', 'user:jane'];
      const name = 'kubeletaccess:stats:user:jane';
      for (const more of [['--for', '1h'], ['--permanent'], ['--recreate']]) {
        const written = await tool(['grant', ...who, ...more, '-o', 'yaml']);
        const there = sandbox.store.get('clusterrolebindings', name);
        assert.equal((loadAll(written.stdout) as unknown[])[1], there);
        if (there && more.includes('--permanent'))
          sandbox.store.put('clusterrolebindings', {
            ...there,
            roleRef: { ...(there['roleRef'] as object), name: 'view' },
          });
      }
    }));

  for (const [title, args, expected] of [
    [
      'an output format that is none',
      ['grant', '-o', 'xml'],
      /invalid --output value "xml": must be "name", "yaml" or "json"/,
    ],
    [
      'a dry run that is none',
      ['revoke', '--dry-run=maybe'],
      /invalid --dry-run value "maybe": must be "none", "client" or "server"/,
    ],
    ['a subject without a name', ['grant', '--subject', 'user:'], /"user:" is not a subject/],
    [
      'a malformed service account',
      ['grant', '--subject', 'serviceaccount:x'],
      /"serviceaccount:x" is not a subject/,
    ],
    ['an unknown flag', ['revoke', '--all'], /unknown flag: --all/],
  ] as const)
    test(`${title} is exit 2, and nothing is asked`, () =>
      withSandbox({ minor: 37 }, async (sandbox, tool) => {
        const { code, stderr } = await tool(args);
        assert.is(code, 2);
        assert.match(stderr, expected);
        assert.equal(sandbox.apiServer.requests, []);
      }));
});
