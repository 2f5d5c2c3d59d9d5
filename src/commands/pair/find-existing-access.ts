import { Interrupted } from '../../errors.ts';
import { reviewSubject } from '../../kube/api-server/access-review.ts';
import { type ApiServer, orUndefined } from '../../kube/api-server/api-server.ts';
import { findBinding } from '../../kube/api-server/pair-objects.ts';
import { paused } from '../../kube/pause.ts';
import type { PolicyRule, RbacSubject } from '../../objects.ts';
import { recordsOf } from '../../rbac/annotations.ts';
import { sameSubject } from '../../rbac/subject.ts';
import { type AskedRight, reviewedUser, rightsToAsk } from './existing-access.ts';

/**
 * The bindings, other than the one that is wanted, by which a subject may do all that already; undefined if it may not, or if
 * the caller may not ask.
 */
export async function grantedBy(
  apiServer: ApiServer,
  subject: RbacSubject,
  rules: readonly PolicyRule[],
  wantedBinding: string,
): Promise<readonly string[] | undefined> {
  const bindings = new Set<string>();
  for (const right of rightsToAsk(rules)) {
    const binding = await allowedBy(apiServer, subject, right);
    if (binding === undefined) return undefined;
    bindings.add(binding);
  }
  return bindings.has(wantedBinding) ? undefined : [...bindings];
}

/** Whether one of these bindings gives it to a subject only for a while, as far as the caller may look. */
export async function givenForAWhile(
  apiServer: ApiServer,
  subject: RbacSubject,
  names: readonly string[],
): Promise<boolean> {
  for (const name of names) {
    if (name === '') continue;
    const binding = await orUndefined(findBinding(apiServer, name));
    const { expiries, unreadable } = binding ? recordsOf(binding) : none;
    if (unreadable || expiries.some(([other]) => sameSubject(other, subject))) return true;
  }
  return false;
}

const none = { expiries: [], unreadable: false };

/** In ms, how long an API server may take to see what was just written by itself or another. */
const settlingMs = 2_000;

/**
 * A right on a subresource of nodes that a subject has after it was revoked, and the binding that gives it, empty for
 * system:masters; undefined if it has none, or if the caller may not ask.
 */
export async function stillAllowed(
  apiServer: ApiServer,
  subject: RbacSubject,
  rules: readonly PolicyRule[],
  signal: AbortSignal,
): Promise<{ readonly right: string; readonly binding: string } | undefined> {
  const end = Date.now() + settlingMs;
  for (const { subresource, name } of rightsToAsk(rules)) {
    if (subresource === undefined) continue;
    // What kubelets are asked for while waiting.
    const right = { resource: 'nodes', subresource, verb: 'get', ...(name && { name }) } as const;
    let binding = await allowedBy(apiServer, subject, right);
    while (binding !== undefined && Date.now() < end) {
      if (!(await paused(200, signal))) throw new Interrupted();
      binding = await allowedBy(apiServer, subject, right);
    }
    if (binding !== undefined) return { right: `get nodes/${subresource}`, binding };
  }
  return undefined;
}

/** The binding that gives a right, empty for system:masters; undefined if none does, or if the caller may not ask. */
async function allowedBy(
  apiServer: ApiServer,
  subject: RbacSubject,
  right: AskedRight,
): Promise<string | undefined> {
  const reviewed = await reviewSubject(apiServer, reviewedUser(subject), right);
  return reviewed?.allowed ? reviewed.binding : undefined;
}
