import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { grantSequences } from '../contract/grant-sequences.ts';
import { allRbac, succeed, textOf } from '../contract/rbac.ts';
import { writes } from '../contract/writes.ts';
import { runs, shareOf } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { currentCluster } from './current.ts';
import { kubectlOf, realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const kubectl = kubectlOf(cluster, dist);

// The story must run first, because its kubelets must not have cached permissions: files run in reverse order of their names.
writes(world);
grantSequences(world, runs(4, 40), 8);

/** `role` and `binding` are names; `role` is undefined for a built-in role, which grant does not write. */
interface Case {
  readonly args: readonly string[];
  readonly role: string | undefined;
  readonly binding: string;
}

const cases: readonly Case[] = [
  { args: [], role: 'system:kube-apiserver-to-kubelet', binding: 'system:kube-apiserver' },
  ours('apiserver-full', 'user:jane', '--allow-exec'),
  { ...ours('builtin', 'group:ops', '--allow-exec'), role: undefined },
  {
    args: ['--profile=builtin', '--subject=user:kube-apiserver-kubelet-client', '--allow-exec'],
    role: undefined,
    binding: 'kubeadm:apiserver-kubelet-client',
  },
  ours('metrics', 'serviceaccount:monitoring:prometheus', '--ignore-not-found'),
  ours('stats', 'group:oidc:ops'),
  ours('logs', 'user:oidc:jane'),
  ours('readonly', 'user:jane'),
  ours('checkpoint', 'user:true'),
  {
    args: ['--profile=stats', '--subject=user:null', '--node=node-2', '--node=node-1'],
    role: 'kubeletaccess:stats@2-nodes+d18ad6be',
    binding: 'kubeletaccess:stats@2-nodes+d18ad6be:user:null',
  },
];

function ours(profile: string, subject: string, ...more: readonly string[]): Case {
  return {
    args: [`--profile=${profile}`, `--subject=${subject}`, ...more],
    role: `kubeletaccess:${profile}`,
    binding: `kubeletaccess:${profile}:${subject}`,
  };
}

suite(`${cluster.version}: kubectl apply for objects of the grant command`, (test) => {
  for (const { args, role, binding } of shareOf(cases, 2)) {
    const title = ['grant', ...args].join(' ');
    const roleTitle = role && `clusterrole.rbac.authorization.k8s.io/${role}`;
    const bindingTitle = `clusterrolebinding.rbac.authorization.k8s.io/${binding}`;
    const titles = [...(roleTitle ? [roleTitle] : []), bindingTitle];
    const all = (result: string) => titles.map((each) => `${each} ${result}\n`).join('');

    test(`${title} changes nothing after kubectl apply of its dry run`, () =>
      leavingNothing(args, async () => {
        const yaml = await dryRun(args);
        assert.is((await apply(yaml)).stdout, all('created'));
        const versions = await allRbac(world);
        assert.is((await apply(yaml)).stdout, all('unchanged'));
        await changesNothing(yaml, titles);
        const grant = await succeed(world, ['grant', ...args]);
        assert.match(grant.stdout, all('unchanged'), textOf(grant));
        assert.equal(await allRbac(world), versions);
        const again = await dryRun(args);
        await changesNothing(again, titles);
      }));

    test(`kubectl apply keeps the objects that ${title} created`, () =>
      leavingNothing(args, async () => {
        const yaml = await dryRun(args);
        await succeed(world, ['grant', ...args]);
        const versions = await allRbac(world);
        await changesNothing(yaml, titles);
        await changesNothing(await dryRun(args), titles);
        assert.equal(await allRbac(world), versions);
        const before = await contents(titles);
        const applied = await apply(yaml);
        assert.is(applied.stdout, all('configured'));
        // kubectl apply may only change its own annotation.
        assert.equal(await contents(titles), before);
        assert.is((await apply(yaml)).stdout, all('unchanged'));
        const last = await world.tool(['grant', ...args]);
        assert.match(last.stdout, all('unchanged'), textOf(last));
      }));
  }

  test('kubectl apply keeps the expiry of grant --for', () => {
    const who = ['--profile=stats', '--subject=user:jane'];
    return leavingNothing(who, async () => {
      const yaml = await dryRun([...who, '--for=1h']);
      const titles = [
        'clusterrole.rbac.authorization.k8s.io/kubeletaccess:stats',
        'clusterrolebinding.rbac.authorization.k8s.io/kubeletaccess:stats:user:jane',
      ];
      await apply(yaml);
      assert.match((await apply(yaml)).stdout, / unchanged\n.* unchanged\n$/);
      await changesNothing(yaml, titles);
      const early = await world.tool(['revoke', '--expired']);
      assert.match(early.stderr, 'nothing to do: no matching grant found', textOf(early));
      const longer = await world.tool(['grant', ...who, '--for=2h']);
      assert.match(longer.stdout, / unchanged\n.* configured\n$/, textOf(longer));
      const diff = await kubectl(['diff', '-f', '-'], 'admin', yaml);
      assert.is(diff.code, 1, textOf(diff));
      assert.match(diff.stdout, /\n\+ +kubeletaccess\/expires: /);
    });
  });
});

async function dryRun(args: readonly string[]): Promise<string> {
  const result = await succeed(world, ['grant', ...args, '--dry-run=client', '-o', 'yaml']);
  assert.not.match(result.stdout, 'managedFields');
  return result.stdout;
}

async function apply(yaml: string) {
  const result = await kubectl(['apply', '-f', '-'], 'admin', yaml);
  assert.is(result.code, 0, textOf(result));
  return result;
}

/** `kubectl diff` and `kubectl auth reconcile` must change nothing. The latter prints `reconciled` for unchanged objects, too. */
async function changesNothing(yaml: string, titles: readonly string[]): Promise<void> {
  const versions = await allRbac(world);
  const diff = await kubectl(['diff', '-f', '-'], 'admin', yaml);
  assert.equal([diff.code, diff.stdout], [0, ''], textOf(diff));
  const reconciled = await kubectl(['auth', 'reconcile', '-f', '-'], 'admin', yaml);
  assert.is(reconciled.code, 0, textOf(reconciled));
  assert.is(reconciled.stdout, titles.map((title) => `${title} reconciled\n`).join(''));
  assert.equal(await allRbac(world), versions);
}

/** Leaves out resourceVersion and the annotation of kubectl. */
async function contents(titles: readonly string[]): Promise<unknown> {
  const { stdout } = await kubectl(['get', ...titles, '-o', 'json']);
  const { items = [JSON.parse(stdout)] } = JSON.parse(stdout) as {
    items?: { metadata: Record<string, unknown> & { annotations: Record<string, string> } }[];
  };
  return items.map((item) => {
    const { resourceVersion, annotations = {}, ...metadata } = item.metadata;
    const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...others } = annotations;
    return { ...item, metadata: { ...metadata, annotations: others } };
  });
}

async function leavingNothing(args: readonly string[], body: () => Promise<void>): Promise<void> {
  const before = await allRbac(world);
  try {
    await body();
  } finally {
    const who = args.filter((word) => word !== '--allow-exec');
    await succeed(world, ['revoke', ...who]);
  }
  assert.equal(await allRbac(world), before);
}
