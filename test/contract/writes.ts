import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import type { Result } from '../kit/tool.ts';
import { type Gate, type Held, startGate } from './gate.ts';
import {
  allRbac,
  binding,
  bindingPath,
  bindingTitle,
  essence,
  rbac,
  role,
  rolePath,
  roleTitle,
  told,
} from './rbac.ts';
import type { World } from './world.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const stranger = { apiGroup, kind: 'User', name: 'stranger' };
const viewRef = { ...binding.roleRef, name: 'view' };
const rbacRule = (verbs: readonly string[], ...resources: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

/** What grant and revoke write and do not write, whatever they find and however they end: each test leaves nothing. */
export function writes(world: World): void {
  suite(`${world.title}: writes`, (test) => {
    const leavingNothing = (
      title: string,
      body: () => Promise<void>,
      options?: { readonly timeoutMs: number },
    ) =>
      test(
        title,
        async () => {
          const before = await allRbac(world);
          try {
            await body();
          } finally {
            await cleanUp(world);
          }
          assert.equal(await allRbac(world), before);
        },
        options,
      );

    leavingNothing('a grant killed between its two writes is finished by the next', async () => {
      await killedAt(world, ['grant'], 'POST', 'clusterrolebindings');
      assert.equal(await essence(world, rolePath), {
        ...role,
        roleRef: undefined,
        subjects: undefined,
      });
      assert.is((await world.api('GET', bindingPath)).status, 404);
      const next = await world.tool(['grant']);
      assert.is(next.stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, told(next));
      assert.equal(await essence(world, bindingPath), { ...binding, rules: undefined });
      const last = await world.tool(['grant']);
      assert.is(last.stdout, `${roleTitle} unchanged\n${bindingTitle} unchanged\n`, told(last));
    });

    leavingNothing('a revoke killed between its two writes is finished by the next', async () => {
      await world.tool(['grant']);
      await killedAt(world, ['revoke'], 'DELETE', 'clusterroles');
      assert.is((await world.api('GET', bindingPath)).status, 404);
      assert.is((await world.api('GET', rolePath)).status, 200);
      const next = await world.tool(['revoke']);
      assert.is(next.stdout, `${bindingTitle} unchanged\n${roleTitle} deleted\n`, told(next));
    });

    leavingNothing('a binding killed in being made anew is made by the next grant', async () => {
      await makeBinding(world, { ...binding, roleRef: viewRef });
      await killedAt(world, ['grant', '--recreate'], 'POST', 'clusterrolebindings');
      assert.is((await world.api('GET', bindingPath)).status, 404);
      const next = await world.tool(['grant']);
      assert.is(next.stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, told(next));
      assert.equal(await essence(world, bindingPath), { ...binding, rules: undefined });
    });

    leavingNothing('a grant that loses the API server says how far it came', async () => {
      const lost = await atWrite(world, ['grant'], 'POST', 'clusterrolebindings', (held) =>
        held.drop(),
      );
      assert.equal([lost.code, lost.stdout], [1, `${roleTitle} created\n`], told(lost));
      assert.match(lost.stderr, /\nerror: cannot reach the API server /);
      assert.match(lost.stderr, `\ndone before that: ${roleTitle} created\n`);
      assert.match(lost.stderr, /\nhint: run the same command again: it goes on from there\n/);
      const next = await world.tool(['grant']);
      assert.is(next.stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, told(next));
    });

    leavingNothing('a binding is put back if the API server is lost over the new one', async () => {
      await makeBinding(world, { ...binding, roleRef: viewRef });
      const lost = await atWrite(
        world,
        ['grant', '--recreate'],
        'POST',
        'clusterrolebindings',
        (held) => held.drop(),
      );
      assert.is(lost.code, 1, told(lost));
      const { roleRef } = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(roleRef, viewRef);
    });

    leavingNothing('a binding that was made anew, though nobody answered, is found', async () => {
      await makeBinding(world, { ...binding, roleRef: viewRef });
      const result = await atWrite(
        world,
        ['grant', '--recreate'],
        'POST',
        'clusterrolebindings',
        (held) => held.lose(),
      );
      assert.is(result.code, 0, told(result));
      assert.equal(await essence(world, bindingPath), { ...binding, rules: undefined });
    });

    leavingNothing('what somebody adds between reading and writing is kept', async () => {
      await makeBinding(world, { ...binding, subjects: [] });
      const result = await meanwhile(world, ['grant'], 'PUT', 'clusterrolebindings', async () => {
        const found = (await world.api('GET', bindingPath)).body as typeof binding;
        await put(world, bindingPath, { ...found, subjects: [stranger] });
      });
      assert.is(result.code, 0, told(result));
      const { subjects } = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(subjects, [stranger, ...binding.subjects]);
    });

    leavingNothing(
      'a binding that somebody deletes between reading and writing does not come back with whom it had',
      async () => {
        await makeBinding(world, { ...binding, subjects: [stranger] });
        const result = await meanwhile(world, ['grant'], 'PUT', 'clusterrolebindings', () =>
          remove(world, bindingPath),
        );
        assert.is(result.code, 0, told(result));
        assert.match(result.stdout, `${bindingTitle} created\n`);
        assert.equal(await essence(world, bindingPath), { ...binding, rules: undefined });
      },
    );

    leavingNothing(
      'a binding that somebody changes while it is being revoked is not deleted with whom it has now',
      async () => {
        await world.tool(['grant']);
        const result = await meanwhile(
          world,
          ['revoke'],
          'DELETE',
          'clusterrolebindings',
          async () => {
            const found = (await world.api('GET', bindingPath)).body as typeof binding;
            await put(world, bindingPath, { ...found, subjects: [...found.subjects, stranger] });
          },
        );
        assert.is(
          result.stdout,
          `${bindingTitle} configured\n${roleTitle} unchanged\n`,
          told(result),
        );
        const { subjects } = (await world.api('GET', bindingPath)).body as typeof binding;
        assert.equal(subjects, [stranger]);
      },
    );

    leavingNothing('no dry run of either kind writes anything', () => dryRuns(world), {
      timeoutMs: 120_000,
    });

    leavingNothing('a binding of another role is not replaced unasked', async () => {
      await makeBinding(world, {
        ...binding,
        roleRef: viewRef,
        subjects: [...binding.subjects, stranger],
      });
      const refused = await world.tool(['grant']);
      assert.equal([refused.code, refused.stdout], [1, ''], told(refused));
      assert.match(
        refused.stderr,
        /system:kube-apiserver gives ClusterRole view, not system:kube-apiserver-to-kubelet, and that cannot be changed\n/,
      );
      const alone = await world.tool(['grant', '--recreate']);
      assert.equal([alone.code, alone.stdout], [1, ''], told(alone));
      assert.match(alone.stderr, /\nsubject user:stranger has it\n/);
      assert.is((await world.api('GET', rolePath)).status, 404);
      const revoke = await world.tool(['revoke']);
      assert.match(revoke.stderr, /system:kube-apiserver stays: it gives ClusterRole view\n/);
      const moved = await world.tool(['grant', '--recreate', '--all-subjects']);
      assert.is(moved.stdout, `${roleTitle} created\n${bindingTitle} recreated\n`, told(moved));
      const found = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(
        [found.roleRef, found.subjects],
        [binding.roleRef, [...binding.subjects, stranger]],
      );
      // Who moved along is not ours, and survives.
      await world.tool(['revoke']);
      const left = (await world.api('GET', bindingPath)).body as typeof binding;
      assert.equal(left.subjects, [stranger]);
    });

    leavingNothing('a binding that cannot be made anew is put back', async () => {
      const foreign = { ...binding, roleRef: viewRef, metadata: { name: 'system:kube-apiserver' } };
      await world.tool(['grant']);
      await remove(world, bindingPath);
      await makeBinding(world, foreign);
      const rules = [
        rbacRule(['get', 'list'], 'clusterroles', 'clusterrolebindings', 'rolebindings'),
        rbacRule(['create', 'delete'], 'clusterrolebindings'),
        { ...rbacRule(['bind'], 'clusterroles'), resourceNames: ['view'] },
      ];
      await withRules(world, rules, async () => {
        const args = ['grant', '--subject', 'Kubernetes', '--allow-exec', '--recreate'];
        const { code, stdout, stderr } = await world.tool(args, 'dev');
        assert.equal([code, stdout], [1, `${roleTitle} unchanged\n`], stderr);
        assert.match(
          stderr,
          /"system:kube-apiserver" is forbidden: user "dev" \(groups=.*\) is attempting to grant RBAC permissions not currently held:\n/,
        );
        assert.match(stderr, /\n(missing: nodes\/\w+ \*\n){5}/);
        const back = (await world.api('GET', bindingPath)).body as typeof binding;
        assert.equal([back.roleRef, back.subjects], [viewRef, foreign.subjects]);
      });
    });

    leavingNothing(
      'who may write but not list nodes is told what is missing, and can do without',
      async () => {
        const rules = [rbacRule(['*'], 'clusterroles', 'clusterrolebindings', 'rolebindings')];
        await withRules(world, rules, async () => {
          const unnamed = await world.tool(['grant'], 'dev');
          assert.equal([unnamed.code, unnamed.stdout], [1, ''], told(unnamed));
          assert.match(
            unnamed.stderr,
            /^Error from server \(Forbidden\): nodes is forbidden: User "dev" cannot list resource "nodes"/,
          );
          const profile = ['--profile', 'readonly', '--subject', 'user:jane'];
          const named = await world.tool(['grant', ...profile], 'dev');
          assert.equal(
            [named.code, named.stdout.match(/ created$/gm)?.length],
            [0, 2],
            told(named),
          );
          assert.is((await world.tool(['revoke', ...profile], 'dev')).code, 0);
        });
      },
    );

    leavingNothing('who takes away a right of their own is told so first', async () => {
      const rules = [rbacRule(['*'], 'clusterroles', 'clusterrolebindings', 'rolebindings')];
      await withRules(world, rules, async () => {
        const who = ['--profile', 'stats', '--subject', 'user:dev'];
        await world.tool(['grant', ...who]);
        const { stderr } = await world.tool(['revoke', ...who], 'dev');
        assert.match(
          stderr,
          /^you are user:dev, so that this takes away a right of your own:\n {2}- subject user:dev\n/,
        );
      });
    });

    leavingNothing("kubeadm's own binding is made anew by its own name", async () => {
      await withRole(world, 'system:kubelet-api-admin', kubeletApiAdmin, async () => {
        const client = ['--subject', 'kube-apiserver-kubelet-client', '--allow-exec'];
        const dry = ['--dry-run=client', '-o', 'yaml'];
        const { stdout } = await world.tool(['grant', '--profile', 'builtin', ...client, ...dry]);
        // The API server's own role is not for kubectl to apply.
        assert.equal(
          (loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind),
          ['ClusterRoleBinding'],
        );
        const first = await world.tool(['grant', '--profile', 'builtin', ...client]);
        const names = [
          'clusterrole.rbac.authorization.k8s.io/system:kubelet-api-admin',
          'clusterrolebinding.rbac.authorization.k8s.io/kubeadm:apiserver-kubelet-client',
        ];
        assert.is(first.stdout, `${names[0]} unchanged\n${names[1]} created\n`, told(first));
        const path = `${rbac}/clusterrolebindings/kubeadm:apiserver-kubelet-client`;
        const { roleRef, subjects } = (await world.api('GET', path)).body as typeof binding;
        assert.equal(
          [roleRef, subjects],
          [
            { apiGroup, kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
            [{ apiGroup, kind: 'User', name: 'kube-apiserver-kubelet-client' }],
          ],
        );
        await untilAllowed(world, 'kube-apiserver-kubelet-client', 'proxy');
        const pair = await world.tool(['grant', ...client]);
        assert.equal([pair.code, pair.stdout], [0, ''], told(pair));
        assert.match(
          pair.stderr,
          /^nothing to grant: user:kube-apiserver-kubelet-client may do that already, by ClusterRoleBinding kubeadm:apiserver-kubelet-client\n/,
        );
        const revoke = await world.tool(['revoke', '--profile', 'builtin', ...client.slice(0, 2)]);
        assert.is(revoke.stdout, `${names[1]} deleted\n${names[0]} unchanged\n`, told(revoke));
      });
    });

    leavingNothing('a group that may do everything needs no grant, unless it is insisted on', () =>
      withRole(world, 'cluster-admin', everything, async () => {
        const admins = { apiGroup, kind: 'Group', name: 'kubeadm:cluster-admins' };
        await makeBinding(world, {
          ...binding,
          metadata: { name: 'kubeadm:cluster-admins' },
          roleRef: { ...binding.roleRef, name: 'cluster-admin' },
          subjects: [admins],
        });
        await untilAllowed(world, admins, 'proxy');
        const args = ['grant', '--subject', 'group:kubeadm:cluster-admins', '--allow-exec'];
        const first = await world.tool(args);
        assert.equal([first.code, first.stdout], [0, ''], told(first));
        assert.match(
          first.stderr,
          /^nothing to grant: group:kubeadm:cluster-admins may do that already, by ClusterRoleBinding kubeadm:cluster-admins\n/,
        );
        const own = 'kubeletaccess:apiserver:group:kubeadm:cluster-admins';
        const insisted = await world.tool([...args, '--even-if-redundant']);
        assert.match(insisted.stdout, `/${own} created\n`, told(insisted));
      }),
    );

    leavingNothing('nobody gets more than was asked, or by somebody else', async () => {
      const args = ['grant', '--profile', 'stats', '--subject'];
      const path = `${rbac}/clusterroles/kubeletaccess:stats`;
      await world.tool([...args, 'user:jane']);
      const found = (await world.api('GET', path)).body as typeof role;
      const extra = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
      await put(world, path, { ...found, rules: [...found.rules, extra] });
      const wider = await world.tool([...args, 'user:joe']);
      assert.equal([wider.code, wider.stdout], [1, ''], told(wider));
      assert.match(wider.stderr, /\nit also gives secrets get\n/);
      const again = await world.tool([...args, 'user:jane']);
      assert.not.match(again.stdout, 'configured', told(again));
      // What it lacks would go to Jane as well, by a binding that is not Joe's.
      const lacking = (await world.api('GET', path)).body as typeof role;
      await put(world, path, { ...lacking, rules: lacking.rules.slice(1, 2) });
      const shared = await world.tool([...args, 'user:joe']);
      assert.equal([shared.code, shared.stdout], [1, ''], told(shared));
      assert.match(
        shared.stderr,
        /\nClusterRoleBinding kubeletaccess:stats:user:jane refers to it\n/,
      );
      assert.is((await world.tool([...args, 'user:joe', '--accept-wider'])).code, 0);
      const both = (await world.api('GET', path)).body as typeof role;
      assert.equal(both.rules.map(({ resources }) => resources).sort(), [
        ['nodes'],
        ['nodes/stats'],
      ]);
    });

    leavingNothing(
      'revoke takes back what grant made, of all profiles, and nothing else',
      async () => {
        const jane = ['--subject', 'user:jane'];
        for (const args of [
          [],
          ['--profile', 'metrics', ...jane],
          ['--profile', 'logs', '--node', 'node-1', ...jane],
          ['--profile', 'stats', ...jane],
          ['--profile', 'stats', '--subject', 'group:ops'],
        ])
          assert.is((await world.tool(['grant', ...args])).code, 0);
        const path = `${rbac}/clusterroles/kubeletaccess:metrics`;
        const found = (await world.api('GET', path)).body as typeof role;
        const extra = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
        await put(world, path, { ...found, rules: [...found.rules, extra] });
        const first = await world.tool(['revoke', '--profile', 'stats', ...jane]);
        assert.is(
          first.stdout,
          'clusterrolebinding.rbac.authorization.k8s.io/kubeletaccess:stats:user:jane deleted\nclusterrole.rbac.authorization.k8s.io/kubeletaccess:stats unchanged\n',
          told(first),
        );
        const all = await world.tool(['revoke', '--all-profiles']);
        assert.is(all.code, 0, told(all));
        assert.match(all.stderr, /kubeletaccess:metrics stays: somebody added rules to it\n/);
        const names = JSON.stringify(await allRbac(world)).match(
          /(kubeletaccess:|system:kube-apiserver)[^@"]*/g,
        );
        assert.equal(names, ['kubeletaccess:metrics']);
      },
    );

    leavingNothing('what Helm manages is not repaired unasked', async () => {
      const metadata = {
        ...role.metadata,
        annotations: { 'meta.helm.sh/release-name': 'kube' },
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      };
      await world.api('POST', `${rbac}/clusterroles`, { ...role, metadata, rules: [] });
      const before = await allRbac(world);
      const refused = await world.tool(['grant']);
      assert.equal([refused.code, refused.stdout], [1, ''], told(refused));
      assert.match(refused.stderr, /is managed by Helm release kube, and would be changed\n/);
      assert.equal(await allRbac(world), before);
      assert.is((await world.tool(['grant', '--force'])).code, 0);
      const { rules } = (await world.api('GET', rolePath)).body as typeof role;
      assert.equal(
        rules.flatMap(({ resources }) => resources),
        role.rules.flatMap(({ resources }) => resources),
      );
    });

    leavingNothing('a role that a RoleBinding refers to survives a revoke', async () => {
      await world.tool(['grant']);
      const path = `${rbac}/namespaces/default/rolebindings`;
      const made = await world.api('POST', path, {
        ...binding,
        kind: 'RoleBinding',
        // Of the binding's own name, as nothing forbids.
        metadata: { name: binding.metadata.name },
        subjects: [stranger],
      });
      assert.is(made.status, 201);
      try {
        const kept = await world.tool(['revoke']);
        assert.is(kept.stdout, `${bindingTitle} deleted\n${roleTitle} unchanged\n`, told(kept));
        assert.match(
          kept.stderr,
          /stays: RoleBinding default\/system:kube-apiserver refers to it\n/,
        );
      } finally {
        await world.api('DELETE', `${path}/${binding.metadata.name}`);
      }
      const gone = await world.tool(['revoke']);
      assert.is(gone.stdout, `${bindingTitle} unchanged\n${roleTitle} deleted\n`, told(gone));
    });

    leavingNothing(
      'a grant for a while is extended, made permanent, and over in time',
      async () => {
        const who = ['--profile', 'stats', '--subject', 'user:jane'];
        const path = `${rbac}/clusterrolebindings/kubeletaccess:stats:user:jane`;
        const expiry = async () => {
          const { metadata } = (await world.api('GET', path)).body as typeof binding;
          const mark = (metadata.annotations as Record<string, string>)['kubeletaccess/expires'];
          return (JSON.parse(mark ?? '{}') as Record<string, string>)['user:jane'];
        };
        await world.tool(['grant', ...who, '--for', '1h']);
        const first = await expiry();
        await world.tool(['grant', ...who, '--for', '2h']);
        const second = await expiry();
        const hours = Date.parse(second ?? '') - Date.parse(first ?? '');
        assert.ok(hours >= 3_600_000 && hours < 3_700_000, `${first} to ${second}`);
        const same = await world.tool(['grant', ...who]);
        assert.match(same.stdout, /user:jane unchanged\n$/, told(same));
        assert.is((await world.tool(['grant', ...who, '--permanent'])).code, 0);
        assert.is(await expiry(), undefined);
        const shorter = await world.tool(['grant', ...who, '--for', '1h']);
        assert.equal([shorter.code, shorter.stdout], [1, ''], told(shorter));
        await world.tool(['revoke', ...who]);

        await world.tool(['grant', ...who, '--for', '1s']);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const over = await world.tool(['revoke', '--expired']);
        assert.is(over.stdout.match(/ deleted$/gm)?.length, 2, told(over));
      },
    );
  });
}

/** Every way of writing, each where there is something to write. */
async function dryRuns(world: World): Promise<void> {
  const anyone = ['--subject', 'user:jane', '--allow-exec'];
  await eachDryRun(world, [
    ['grant', '--for', '1h'],
    ['grant', '--even-if-redundant', '--force'],
    ...['apiserver-full', 'metrics', 'stats', 'logs', 'readonly', 'checkpoint'].map((profile) => [
      'grant',
      '--profile',
      profile,
      ...anyone,
    ]),
    ['grant', '--profile', 'logs', '--node', 'node-1', ...anyone],
  ]);
  await withRole(world, 'system:kubelet-api-admin', kubeletApiAdmin, () =>
    eachDryRun(world, [['grant', '--profile', 'builtin', ...anyone]]),
  );

  const extra = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  const known = ['--role-name', role.metadata.name, '--binding-name', binding.metadata.name];
  await world.api('POST', `${rbac}/clusterroles`, { ...role, rules: [...role.rules, extra] });
  await makeBinding(world, { ...binding, subjects: [...binding.subjects, stranger] });
  await eachDryRun(world, [
    ['grant', '--prune'],
    ['grant', ...anyone, '--accept-wider', ...known],
    ['revoke'],
    ['revoke', '--all-subjects', '--force'],
    ['revoke', '--all-profiles'],
    ['revoke', '--subject', 'user:stranger'],
  ]);
  await remove(world, bindingPath);

  await makeBinding(world, {
    ...binding,
    roleRef: viewRef,
    subjects: [...binding.subjects, stranger],
  });
  await eachDryRun(world, [['grant', '--recreate', '--all-subjects', '--accept-wider']]);
  await remove(world, bindingPath);

  const who = ['--profile', 'stats', '--subject', 'user:jane'];
  await world.tool(['grant', ...who, '--for', '1s']);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await eachDryRun(world, [
    ['revoke', '--expired'],
    ['grant', ...who, '--permanent'],
  ]);
}

async function eachDryRun(world: World, commands: readonly (readonly string[])[]): Promise<void> {
  const before = await allRbac(world);
  for (const command of commands)
    for (const [mode, words] of [
      ['client', '(dry run)'],
      ['server', '(server dry run)'],
    ] as const) {
      const result = await world.tool([...command, `--dry-run=${mode}`]);
      const what = `${command.join(' ')} --dry-run=${mode}: ${told(result)}`;
      assert.is(result.code, 0, what);
      // One that had nothing to write would show nothing.
      const would = result.stdout
        .split('\n')
        .filter((line) => line.endsWith(words) && !line.includes(' unchanged '));
      assert.ok(would.length > 0, what);
      assert.equal(await allRbac(world), before, what);
    }
}

/** Runs the program until it has come to one write, and kills it before the API server sees that. */
async function killedAt(
  world: World,
  args: readonly string[],
  method: string,
  collection: string,
): Promise<void> {
  await throughGate(world, async (gate) => {
    const held = gate.hold(method, collection);
    const running = world.start(args, gate.kubeconfig);
    const first = await Promise.race([held, running.result]);
    if ('code' in first) throw new Error(`it did not come to that: ${told(first)}`);
    running.kill();
    assert.is((await running.result).code, 128);
  });
}

/** Does something when the program has read the cluster and is about to make one write, and then lets it go on. */
async function meanwhile(
  world: World,
  args: readonly string[],
  method: string,
  collection: string,
  action: () => Promise<unknown>,
): Promise<Result> {
  return atWrite(world, args, method, collection, async (held) => {
    await action();
    held.pass();
  });
}

/** Decides over one write of the program, and lets all else pass. */
async function atWrite(
  world: World,
  args: readonly string[],
  method: string,
  collection: string,
  decide: (held: Held) => unknown,
): Promise<Result> {
  return throughGate(world, async (gate) => {
    const held = gate.hold(method, collection);
    const running = world.start(args, gate.kubeconfig);
    const first = await Promise.race([held, running.result]);
    if ('code' in first) throw new Error(`it did not come to that: ${told(first)}`);
    await decide(first);
    return running.result;
  });
}

async function throughGate<T>(world: World, use: (gate: Gate) => Promise<T>): Promise<T> {
  const gate = await startGate(world);
  try {
    return await use(gate);
  } finally {
    await gate.stop();
  }
}

const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const kubeletApiAdmin = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'proxy'] },
  {
    apiGroups: [''],
    resources: ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats'],
    verbs: ['*'],
  },
];

/** With a role of the cluster's own, which the sandbox lacks. */
async function withRole(
  world: World,
  name: string,
  rules: readonly object[],
  use: () => Promise<void>,
): Promise<void> {
  const { status } = await world.api('POST', `${rbac}/clusterroles`, {
    ...role,
    metadata: { name },
    rules,
  });
  try {
    await use();
  } finally {
    if (status === 201) await remove(world, `${rbac}/clusterroles/${name}`);
  }
}

/** Gives dev rules for a while, and waits until the API server goes by them. */
async function withRules(
  world: World,
  rules: readonly object[],
  use: () => Promise<void>,
): Promise<void> {
  const name = 'writes-test-dev';
  await world.api('POST', `${rbac}/clusterroles`, { ...role, metadata: { name }, rules });
  await makeBinding(world, {
    ...binding,
    metadata: { name },
    roleRef: { ...binding.roleRef, name },
    subjects: [{ apiGroup, kind: 'User', name: 'dev' }],
  });
  const mayGet = { group: apiGroup, resource: 'clusterroles', verb: 'get' };
  await untilSo(() => isAllowed(world, { user: 'dev' }, mayGet));
  try {
    await use();
  } finally {
    await remove(world, `${rbac}/clusterrolebindings/${name}`);
    await remove(world, `${rbac}/clusterroles/${name}`);
    await untilSo(async () => !(await isAllowed(world, { user: 'dev' }, mayGet)));
  }
}

async function untilAllowed(
  world: World,
  subject: string | { readonly name: string },
  subresource: string,
): Promise<void> {
  const who = typeof subject === 'string' ? { user: subject } : { groups: [subject.name] };
  await untilSo(() => isAllowed(world, who, { resource: 'nodes', subresource, verb: '*' }));
}

async function isAllowed(
  world: World,
  who: object,
  resourceAttributes: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { body } = await world.api('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...who, resourceAttributes },
  });
  return (body as { status: { allowed: boolean } }).status.allowed;
}

async function untilSo(probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error('the API server does not go by what was written');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function makeBinding(world: World, object: object): Promise<void> {
  const { status, body } = await world.api('POST', `${rbac}/clusterrolebindings`, object);
  assert.is(status, 201, JSON.stringify(body));
}

async function put(world: World, path: string, object: object): Promise<void> {
  const { status, body } = await world.api('PUT', path, object);
  assert.is(status, 200, JSON.stringify(body));
}

async function remove(world: World, path: string): Promise<void> {
  const { status, body } = await world.api('DELETE', path);
  assert.is(status, 200, JSON.stringify(body));
}

/** Takes away what a test may have left, by name: a clean-up by the program would hide what it does wrong. */
async function cleanUp(world: World): Promise<void> {
  for (const collection of ['clusterrolebindings', 'clusterroles']) {
    const { items } = (await world.api('GET', `${rbac}/${collection}`)).body as {
      items: { metadata: { name: string } }[];
    };
    for (const { metadata } of items)
      if (
        /^(system:kube-apiserver|system:kube-apiserver-to-kubelet|kubeadm:.*|kubeletaccess:.*)$/.test(
          metadata.name,
        )
      )
        await remove(world, `${rbac}/${collection}/${encodeURIComponent(metadata.name)}`);
  }
}
