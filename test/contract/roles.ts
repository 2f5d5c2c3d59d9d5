import { waitFor } from '../kit/wait-for.ts';
import { apiGroup, rbac, remove, role, withUserRules } from './rbac.ts';
import type { World } from './world.ts';

/** Runs a test with a built-in role. The sandbox has no built-in roles, so the test creates the role there. */
export async function withRole(
  world: World,
  name: string,
  rules: readonly object[],
  use: () => Promise<void>,
): Promise<void> {
  const object = { ...role, metadata: { name }, rules };
  const { status } = await world.api('POST', `${rbac}/clusterroles`, object);
  try {
    await use();
  } finally {
    if (status === 201) await remove(world, `${rbac}/clusterroles/${name}`);
  }
}

/** Gives the user dev these rules, and waits until the API server applies them. */
export async function withRules(
  world: World,
  rules: readonly object[],
  use: () => Promise<void>,
): Promise<void> {
  const mayGet = { group: apiGroup, resource: 'clusterroles', verb: 'get' };
  const isDevAllowed = () => isAllowed(world, { user: 'dev' }, mayGet);
  await withUserRules(world, 'dev', rules, async () => {
    await untilSo(isDevAllowed);
    await use();
  });
  await untilSo(async () => !(await isDevAllowed()));
}

export async function untilAllowed(
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

const untilSo = (probe: () => Promise<boolean>) =>
  waitFor('the API server to go by what was written', 10_000, probe);
