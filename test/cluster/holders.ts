import pMap from 'p-map';
import type { ClusterRole, PolicyRule } from '../../src/objects.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { AdminApi } from './admin-api.ts';

/** A user who has one role, and that role as the API server tells it. */
export interface Holder {
  readonly user: string;
  readonly rules: readonly PolicyRule[];
}

/** What every holder has beside their role. */
export const creator: PolicyRule = {
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['clusterroles'],
  verbs: ['create'],
};

const clusterRoles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const clusterRoleBindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const labels = { 'kubeletaccess-test': 'covering' };
const selector = '?labelSelector=kubeletaccess-test=covering';

/** Makes a user `covering-N` for each list of rules, and waits until the API server goes by all of them. */
export async function makeHolders(
  api: AdminApi,
  roles: readonly (readonly PolicyRule[])[],
): Promise<readonly Holder[]> {
  const names = roles.map((_, index) => `covering-${index}`);
  await pMap(
    roles,
    async (rules, index) => {
      await makeRole(api, `covering-${index}`, rules, index % 8 === 0);
      await bind(api, `covering-${index}`, [`covering-${index}`]);
    },
    { concurrency: 16 },
  );
  // Its informers see roles in the order of their making, and bindings too: who sees these has seen all.
  await makeRole(api, 'covering-creator', [creator]);
  await bind(api, 'covering-creator', ['covering-marker', ...names]);
  await waitFor('RBAC to go by the roles', 20_000, () =>
    isAllowed(api, 'covering-marker', {
      resourceAttributes: {
        group: creator.apiGroups?.[0],
        resource: 'clusterroles',
        verb: 'create',
      },
    }),
  );
  const { items } = await api.call<{ items: ClusterRole[] }>('GET', clusterRoles + selector);
  const told = new Map(items.map(({ metadata, rules }) => [metadata?.name, rules ?? []]));
  return names.map((user) => {
    const rules = told.get(user);
    if (!rules) throw new Error(`${user} is not listed`);
    return { user, rules };
  });
}

/** Takes back all that was made; what is listed after that. */
export async function removeHolders(api: AdminApi): Promise<readonly unknown[]> {
  const left: unknown[] = [];
  for (const path of [clusterRoleBindings + selector, clusterRoles + selector]) {
    await api.call('DELETE', path);
    left.push(...(await api.call<{ items: unknown[] }>('GET', path)).items);
  }
  return left;
}

/** The verdict of a SubjectAccessReview. */
export async function isAllowed(api: AdminApi, user: string, attributes: object): Promise<boolean> {
  const { status } = await api.call<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, ...attributes },
    },
  );
  return status.allowed;
}

/** Whether a user may create a role with these rules; it is not created. */
export async function mayCreate(
  api: AdminApi,
  user: string,
  rules: readonly PolicyRule[],
): Promise<boolean> {
  const path = `${clusterRoles}?dryRun=All`;
  const { status, text } = await api.send('POST', path, role('covering-wanted', rules), {
    'impersonate-user': user,
  });
  if (status === 201) return true;
  if (status === 403 && text.includes('attempting to grant RBAC permissions not currently held'))
    return false;
  throw new Error(`${user} creates a role: ${status} ${text}`);
}

function role(name: string, rules: readonly PolicyRule[]) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules,
  };
}

// With no controller here, an aggregated role keeps the rules that it is written with.
async function makeRole(
  api: AdminApi,
  name: string,
  rules: readonly PolicyRule[],
  aggregated = false,
): Promise<void> {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { 'covering-none': 'true' } }] };
  await api.call('POST', clusterRoles, {
    ...role(name, rules),
    ...(aggregated ? { aggregationRule } : {}),
  });
}

async function bind(api: AdminApi, name: string, users: readonly string[]): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  await api.call('POST', clusterRoleBindings, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: users.map((user) => ({ apiGroup, kind: 'User', name: user })),
  });
}
