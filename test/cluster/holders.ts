import pMap from 'p-map';
import type { ClusterRole, PolicyRule } from '../../src/objects.ts';
import { binding, role, user } from '../kit/rbac.ts';
import { waitFor } from '../kit/wait-for.ts';
import { type AdminApi, rbacPath } from './admin-api.ts';

/** A user, and the rules that the user has. The rules are read back from the API server. */
export interface Holder {
  readonly user: string;
  readonly rules: readonly PolicyRule[];
}

/** Every holder also has this rule. */
export const creator: PolicyRule = {
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['clusterroles'],
  verbs: ['create'],
};

const clusterRoles = `${rbacPath}/clusterroles`;
const clusterRoleBindings = `${rbacPath}/clusterrolebindings`;
const labels = { 'kubeletaccess-test': 'covering' };
const selector = '?labelSelector=kubeletaccess-test=covering';

/** Creates a user `covering-N` for each list of rules, and waits until the API server applies all of them. */
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
  // The API server applies roles and bindings in the order of their creation, and these are the last.
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
  const rulesByName = new Map(items.map(({ metadata, rules }) => [metadata?.name, rules ?? []]));
  return names.map((name) => {
    const rules = rulesByName.get(name);
    if (!rules) throw new Error(`${name} is not listed`);
    return { user: name, rules };
  });
}

/** Removes all roles and bindings of the holders. Returns roles and bindings that still exist. */
export async function removeHolders(api: AdminApi): Promise<readonly unknown[]> {
  const left: unknown[] = [];
  for (const path of [clusterRoleBindings + selector, clusterRoles + selector]) {
    await api.call('DELETE', path);
    left.push(...(await api.call<{ items: unknown[] }>('GET', path)).items);
  }
  return left;
}

export async function isAllowed(
  api: AdminApi,
  userName: string,
  attributes: object,
): Promise<boolean> {
  const { status } = await api.call<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: userName, ...attributes },
    },
  );
  return status.allowed;
}

/** Returns whether the API server would let a user create a role with these rules. Sends a dry run, so nothing is created. */
export async function mayCreate(
  api: AdminApi,
  userName: string,
  rules: readonly PolicyRule[],
): Promise<boolean> {
  const path = `${clusterRoles}?dryRun=All`;
  const { status, text } = await api.send(
    'POST',
    path,
    role('covering-wanted', rules, { labels }),
    {
      'impersonate-user': userName,
    },
  );
  if (status === 201) return true;
  if (status === 403 && text.includes('attempting to grant RBAC permissions not currently held'))
    return false;
  throw new Error(`${userName} creates a role: ${status} ${text}`);
}

// Without a controller, an aggregated role keeps the rules that it was created with.
async function makeRole(
  api: AdminApi,
  name: string,
  rules: readonly PolicyRule[],
  isAggregated = false,
): Promise<void> {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { 'covering-none': 'true' } }] };
  await api.create({ ...role(name, rules, { labels }), ...(isAggregated && { aggregationRule }) });
}

async function bind(api: AdminApi, name: string, users: readonly string[]): Promise<void> {
  await api.create(binding(name, name, users.map(user), { labels }));
}
