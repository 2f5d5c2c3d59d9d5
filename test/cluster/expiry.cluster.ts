import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { revokeExpiredJob } from '../../src/commands/revoke/cron-job.ts';
import { leavingNothing } from '../contract/leaving-nothing.ts';
import { succeed, textOf } from '../contract/rbac.ts';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { roleBinding, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { waitFor } from '../kit/wait-for.ts';
import { currentCluster } from './current.ts';
import { kubectlOf, realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const kubectl = kubectlOf(cluster, dist);

const job = (loadAll(revokeExpiredJob()) as { readonly kind: string }[]).filter(
  ({ kind }) => kind !== 'CronJob',
);
const account = { namespace: 'kubelet-access', name: 'revoke-expired' };

/** Somebody else's policy, which keeps one binding. */
const keptName = 'kubeletaccess:logs:user:eve';
const admission = 'admissionregistration.k8s.io/v1';
const policy = [
  {
    ...{
      apiVersion: admission,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'keeps-eve' },
    },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['rbac.authorization.k8s.io'],
            apiVersions: ['v1'],
            operations: ['DELETE'],
            resources: ['clusterrolebindings'],
          },
        ],
      },
      validations: [
        { expression: `oldObject.metadata.name != '${keptName}'`, message: 'eve keeps her logs' },
      ],
    },
  },
  {
    apiVersion: admission,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'keeps-eve' },
    spec: { policyName: 'keeps-eve', validationActions: ['Deny'] },
  },
];

/** Of 10,000 labels, as any administrator of a namespace can write it. */
const large = roleBinding('default', 'large', { name: 'kubeletaccess:logs' }, [user('jane')]);
const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`l${index}`, 'x']));
const foreign = { ...large, metadata: { ...large.metadata, labels } };

suite(`${cluster.version}: expiry`, (each) => {
  const test = leavingNothing(world, each);

  test('the CronJob ends what has expired, and only that, whatever one namespace or policy does', () =>
    withManifests([...job, ...policy, foreign], () =>
      asAccount(async (kubeconfig) => {
        for (const [who, profile, ...more] of [
          ['jane', 'stats', '--for', '1s'],
          ['bob', 'stats', '--for', '1s'],
          ['carl', 'stats'],
          ['dora', 'metrics', '--for', '1h'],
          ['eve', 'logs', '--for', '1s'],
          ['jane', 'checkpoint', '--for', '1s'],
        ])
          await succeed(world, ['grant', `--subject=user:${who}`, `--profile=${profile}`, ...more]);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        await waitFor('the policy to be in force', 30_000, async () => {
          const args = ['delete', 'clusterrolebinding', keptName, '--dry-run=server'];
          return (await kubectl(args)).stderr.includes('eve keeps her logs');
        });
        const run = () => world.start(['revoke', '--expired'], kubeconfig).result;
        const first = await run();
        assert.is(first.code, 4, textOf(first));
        assert.match(first.stderr, /keeps-eve/, textOf(first));
        assert.match(first.stderr, keptName, textOf(first));
        assert.equal(await grantedTo(), ['user:carl', 'user:dora', 'user:eve']);
        // Roles stay, as the account may not read which RoleBindings refer to them.
        assert.match(first.stderr, /^note: roles stay: .*rolebindings/m, textOf(first));
        const again = await run();
        assert.is(again.code, 1, textOf(again));
        await kubectl(['delete', '-f', '-'], 'admin', manifests(policy));
        await waitFor(
          'the policy to be out of force',
          30_000,
          async () => (await run()).code === 0,
        );
        assert.equal(await grantedTo(), ['user:carl', 'user:dora']);
        const admin = await succeed(world, ['revoke', '--expired']);
        assert.match(admin.stdout, '/kubeletaccess:checkpoint deleted\n', textOf(admin));
        assert.match(admin.stderr, / kept: it is referenced by RoleBinding default\/large\n/);
      }),
    ));
});

async function grantedTo(): Promise<readonly string[]> {
  const { items } = JSON.parse((await succeed(world, ['grants', '-o', 'json'])).stdout);
  return (items as { subject: string }[]).map(({ subject }) => subject).sort();
}

const manifests = (items: readonly object[]) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

async function withManifests(items: readonly object[], use: () => Promise<void>): Promise<void> {
  const made = await kubectl(['create', '-f', '-'], 'admin', manifests(items));
  assert.is(made.code, 0, textOf(made));
  try {
    await use();
  } finally {
    await kubectl(
      ['delete', '--ignore-not-found', '--wait=false', '-f', '-'],
      'admin',
      manifests(items),
    );
  }
}

async function asAccount(use: (kubeconfig: string) => Promise<void>): Promise<void> {
  const made = await kubectl(['create', 'token', account.name, '-n', account.namespace]);
  assert.is(made.code, 0, textOf(made));
  const server = {
    ...{ server: world.server },
    'certificate-authority-data': Buffer.from(world.ca).toString('base64'),
  };
  const config = kubeconfigText(server, { token: made.stdout.trim() });
  await withFiles({ config }, (folder) => use(join(folder, 'config')));
}
