import { Failure } from '../../errors.ts';
import { denialTtl, denialTtlMs } from '../../kubelet/authorization-cache.ts';
import { splitRules } from '../../kubelet/narrow/narrow-rules.ts';
import type { ClusterRole, PolicyRule } from '../../objects.ts';
import { isOurs, managerOf } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { listed, ruleKey } from '../../rbac/permission.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatRule, missingRules, signedRules } from '../../rbac/rules.ts';
import { command } from '../../text/command.ts';
import {
  type NarrowRecord,
  narrowedKey,
  narrowRecordOf,
  sameRules,
  withNarrowRecord,
  withoutNarrowRecord,
} from './narrow-record.ts';

import type { RolePlan } from './plan-role.ts';
import { agentsOfUsers } from './role-users.ts';

export function narrowedManifest({ role, narrowing }: RolePlan): ClusterRole {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = role.metadata;
  const { [appliedKey]: _, ...annotations } = metadata.annotations ?? {};
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    ...role,
    metadata: { ...metadata, ...(metadata.annotations && { annotations }) },
    rules: [...(narrowing?.rules ?? [])],
  };
}

const appliedKey = 'kubectl.kubernetes.io/last-applied-configuration';

/** Returns the tool that manages a role, and a hint on where to change the role. Returns undefined if no tool manages it. */
export function ownerOf(
  role: ClusterRole,
): { readonly name: string; readonly where: string } | undefined {
  const { annotations = {}, labels = {}, ownerReferences: [owner] = [] } = role.metadata;
  if (isOurs(role))
    return {
      name: 'kubectl kubeletaccess grant',
      where: 'grant a profile that allows less, and revoke this one: kubectl kubeletaccess grants',
    };
  const name = managerOf(role);
  if (name === undefined) return undefined;
  if (owner) return { name, where: `change ${owner.kind} ${owner.name}, which writes the role` };
  const release = annotations['meta.helm.sh/release-name'];
  const namespace = annotations['meta.helm.sh/release-namespace'] ?? 'NAMESPACE';
  if (release !== undefined)
    return {
      name,
      where: command`change its values or chart: helm upgrade ${release} CHART -n ${namespace}`,
    };
  if (labels['app.kubernetes.io/managed-by'] === 'Helm')
    return { name, where: 'change the values or the chart, and upgrade the release' };
  if (name.startsWith('kube-apiserver'))
    return { name, where: 'give the subject a role of its own, and remove it from the binding' };
  return { name, where: 'change it at its source, from which that tool writes it' };
}

/** Throws if another tool manages one of the roles that need a write. No role is then written. */
export function checkOwners(plans: readonly RolePlan[]): void {
  const owned = plans.flatMap((plan) => {
    const { role, users } = plan;
    const owner = ownerOf(role);
    return owner && phaseOf(plan) !== 'none' ? [{ role, owner, agents: agentsOfUsers(users) }] : [];
  });
  const [first] = owned;
  if (!first) return;
  const others = owned.slice(1);
  throw new Failure(
    `ClusterRole ${nameOf(first.role)} is managed by ${first.owner.name}, which would undo the change`,
    {
      details: others.map(
        ({ role, owner }) => `ClusterRole ${nameOf(role)} is managed by ${owner.name}`,
      ),
      hints: owned.flatMap(({ owner, agents }) => [
        owner.where,
        ...agents.flatMap(({ setting }) => setting ?? []).map((setting) => `set ${setting}`),
      ]),
    },
  );
}

export function checkOwner(role: ClusterRole): void {
  const owner = ownerOf(role);
  if (owner)
    throw new Failure(`ClusterRole ${nameOf(role)} is managed by ${owner.name}`, {
      hints: [owner.where],
    });
}

/** The next write to a role: the first write adds missing rules, the second removes rules that are not needed. */
export type Phase = 'add' | 'remove' | 'none';

export function phaseOf({ narrowing }: RolePlan): Phase {
  if (!narrowing) return 'none';
  if (narrowing.added.length > 0) return 'add';
  return narrowing.removed.length > 0 ? 'remove' : 'none';
}

export function planApply(plan: RolePlan, now: number): Change {
  const { role, narrowing } = plan;
  const name = nameOf(role);
  const target = { kind: 'ClusterRole', name } as const;
  const phase = phaseOf(plan);
  if (!narrowing || phase === 'none')
    return { ...target, action: 'none', object: role, differences: [] };
  const { added, removed } = narrowing;
  const has = role.rules ?? [];
  const record = narrowRecordOf(role);
  if (record === 'unreadable') throw unreadable(role);
  const last = record && sameRules(record.wrote, has) ? record : undefined;
  if (last) checkRecord(role, last);
  const before = last?.before ?? has;
  const at = new Date(now).toISOString();
  if (phase === 'remove') checkAge(name, last, now);
  const wrote = phase === 'add' ? [...has, ...added] : narrowing.rules;
  return {
    ...target,
    action: 'update',
    object: withNarrowRecord(role, { before, wrote, at }),
    differences: phase === 'add' ? signedRules('+', added) : signedRules('-', removed),
    ...(phase === 'add' ? { added: { rules: added } } : { removed: { rules: removed } }),
    notes: appliedNotes(role),
  };
}

/** Returns a note if kubectl apply made the role, because the next apply of the same file would restore the old rules. */
function appliedNotes({ metadata }: ClusterRole): readonly string[] {
  const isApplied = metadata.annotations?.[appliedKey] !== undefined;
  return isApplied
    ? [`ClusterRole ${metadata.name} was made by kubectl apply: change its file as well`]
    : [];
}

/**
 * Throws if the new rules were added so recently that kubelets may still cache denials from before. Until these denials expire, the
 * agent needs nodes/proxy.
 */
function checkAge(name: string, record: NarrowRecord | undefined, now: number): void {
  const ms = record ? Date.parse(record.at) + denialTtlMs - now : 0;
  // A time far in the future is not from narrow, and does not block a role for longer than its clock may differ.
  if (!record || !(ms > 0 && ms < 2 * denialTtlMs)) return;
  // If the last write removed rules, cached denials had expired before that write.
  if (missingRules(record.wrote, record.before).length > 0) return;
  throw new Failure(
    `ClusterRole ${name} got its new rules less than ${denialTtl} ago: kubelets may still deny them`,
    { hints: [`re-run in ${Math.ceil(ms / 1000)}s, or let the command wait: --apply --wait=6m`] },
  );
}

/** Plans to restore the rules that the role had before narrow changed it. Throws if the rules changed after the last write of narrow. */
export function planUndo(role: ClusterRole): Change {
  const name = nameOf(role);
  const record = narrowRecordOf(role);
  // narrow never writes an aggregated role.
  if (record === undefined || role.aggregationRule)
    throw new Failure(`narrow did not change ClusterRole ${name}: there is nothing to undo`);
  if (record === 'unreadable') throw unreadable(role);
  const has = role.rules ?? [];
  if (!sameRules(has, record.wrote))
    throw new Failure(`ClusterRole ${name} was changed since narrow wrote it`, {
      details: ruleChanges(record.wrote, has),
      hints: [
        command`the rules from before are in its annotation ${narrowedKey}: kubectl get clusterrole ${name} -o yaml`,
      ],
    });
  checkRecord(role, record);
  const added = missingRules(has, splitRules(record.before).nodes);
  const removed = missingRules(record.before, splitRules(has).nodes);
  return {
    kind: 'ClusterRole',
    name,
    action: 'update',
    object: withoutNarrowRecord(role, record),
    differences: [...signedRules('+', added), ...signedRules('-', removed)],
    added: { rules: added },
    removed: { rules: removed },
  };
}

/**
 * Throws if the record contains changes that narrow never makes. All who may update a role may write its annotations, even if they may
 * not escalate.
 */
function checkRecord(role: ClusterRole, { before, wrote }: NarrowRecord): void {
  const [old, now] = [splitRules(before), splitRules(wrote)];
  if (sameRules(old.others, now.others) && countPermissions(old.nodes) <= mostPermissions) return;
  throw new Failure(
    `annotation ${narrowedKey} of ClusterRole ${nameOf(role)} contains changes that narrow never makes`,
    {
      details: ruleChanges(wrote, before),
      hints: [
        'narrow changes only permissions on subresources of nodes: find out who wrote the annotation',
        removalHint(role),
      ],
    },
  );
}

/** More permissions on subresources of nodes than roles have. */
const mostPermissions = 10_000;

/** Lists the rules that only one of two lists contains. */
function ruleChanges(from: readonly PolicyRule[], to: readonly PolicyRule[]): readonly string[] {
  const only = (some: readonly PolicyRule[], others: readonly PolicyRule[]) => {
    const keys = new Set(others.map(ruleKey));
    return some.filter((rule) => !keys.has(ruleKey(rule)));
  };
  return [
    ...only(to, from).map((rule) => `+ ${ruleOrCount(rule)}`),
    ...only(from, to).map((rule) => `- ${ruleOrCount(rule)}`),
  ];
}

function ruleOrCount(rule: PolicyRule): string {
  const count = countPermissions([rule]);
  return count > mostPermissions ? `${count} permissions` : formatRule(rule);
}

/** Returns how many permissions rules have, without making a list of them. */
function countPermissions(rules: readonly PolicyRule[]): number {
  const count = (list: readonly string[] | null | undefined) => listed(list).length;
  return rules.reduce(
    (sum, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }) =>
      sum +
      count(verbs) *
        (count(apiGroups) * count(resources) * (count(resourceNames) || 1) +
          count(nonResourceURLs)),
    0,
  );
}

function unreadable(role: ClusterRole): Failure {
  return new Failure(
    `cannot parse annotation ${narrowedKey} of ClusterRole ${nameOf(role)}, and the rules from before narrow are unknown`,
    { hints: [removalHint(role)] },
  );
}

function removalHint(role: ClusterRole): string {
  return command`remove it: kubectl annotate clusterrole ${nameOf(role)} ${`${narrowedKey}-`}`;
}
