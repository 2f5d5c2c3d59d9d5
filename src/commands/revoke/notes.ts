import { formatPermissions, whoReaches } from '../../kubelet/reach.ts';
import { type Change, isMade } from '../../rbac/change.ts';
import { type FoundGrant, grantsIn, ownSubjects } from '../../rbac/grant.ts';
import { isKnownBinding } from '../../rbac/names.ts';
import { profileOf } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject, hasSubject, includesSubject, sameSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import { mostListed } from '../shared/pair/holders.ts';
import type { FoundForRevoke, RevokePlan, Selection } from './plan.ts';

/** If --subject is given, returns a note on access to kubelets that the subject keeps through bindings that grant did not make. */
export function keptAccess(
  { roles, bindings }: FoundForRevoke,
  changes: readonly Change[],
  { subject }: Selection,
): readonly string[] {
  if (!subject) return [];
  const changed = new Set(changes.map(({ name }) => name));
  // Leaves out grants that were not selected, because they are listed on their own.
  const isGranted = (name: string) =>
    bindings.some((each) => nameOf(each) === name && hasSubject(ownSubjects(each), subject));
  const others = whoReaches(roles, bindings)
    .filter((each) => includesSubject(each.subject, subject))
    .flatMap((each) => each.by.map((by) => ({ ...by, holder: each.subject })))
    .filter(({ binding, holder }) => {
      const isItself = sameSubject(holder, subject);
      return !(isItself && (changed.has(binding) || isGranted(binding)));
    });
  if (others.length === 0) return [];
  const list = summarize(others, mostListed, ({ binding, permissions, holder }) => {
    const through = sameSubject(holder, subject) ? '' : ` to ${formatSubject(holder)}`;
    return `${formatPermissions(permissions)} by ClusterRoleBinding ${binding}${through}`;
  });
  return [`note: ${formatSubject(subject)} keeps ${list}: grant did not make it`];
}

/** Says why roles stay, and which command removes them. They allow nothing without a binding. */
export function stayingRoles({ unknown }: FoundForRevoke, again: string): readonly string[] {
  if (unknown === undefined) return [];
  return [
    `note: roles stay: cannot read all roles and bindings: ${unknown}`,
    `hint: to remove unused roles, run with permission to list clusterroles and rolebindings: ${again}`,
  ];
}

export function effectLines(
  { bindings, roles }: RevokePlan,
  { subject, profile, expired }: Selection,
): readonly string[] {
  const isOfApiServer = !subject && (profile === undefined || profileOf(profile).runsCommands);
  const isTaken =
    bindings.some(isMade) || roles.some(({ removed }) => (removed?.rules ?? []).length > 0);
  if (expired || !isTaken || !isOfApiServer) return [];
  return [
    'note: kubectl logs, exec, attach, cp and port-forward would stop for everybody, unless kube-apiserver has other access; to undo: kubectl kubeletaccess grant',
  ];
}

/** Returns lines about grants that were not selected, although the user may expect them to be revoked. */
export function remainingLines(
  { roles, bindings }: FoundForRevoke,
  done: readonly Change[],
  { subject, profile, nodes, expired }: Selection,
  rerun: (more: readonly string[]) => string,
): readonly string[] {
  const changed = new Set(done.map(({ name }) => name));
  const grants = grantsIn(roles, bindings).filter(({ binding }) => !changed.has(nameOf(binding)));
  const hint = (more: readonly string[]) => `hint: to revoke that too: ${rerun(more)}`;
  if (subject) {
    const own = grants.filter((each) => sameSubject(each.subject, subject));
    if (own.length === 0) return [];
    const name = formatSubject(subject);
    return [`note: ${name} still has access through ${listed(own)}`, hint(['--subject', name])];
  }
  const isPlain = profile === undefined && nodes.length === 0 && !expired;
  const strong = grants.filter(
    ({ profile: has, binding }) =>
      isPlain && profileOf(has).runsCommands && !isKnownBinding(nameOf(binding)),
  );
  const [one, ...others] = new Set(strong.map((grant) => grant.profile));
  if (one === undefined) return [];
  return [
    `note: others can still run commands in containers through ${listed(strong)}`,
    ...[one, ...others].map((name) => hint(['--profile', name])),
  ];
}

function listed(grants: readonly FoundGrant[]): string {
  const names = new Set(grants.map(({ binding }) => nameOf(binding)));
  return `ClusterRoleBinding ${summarize([...names], mostListed)}`;
}
