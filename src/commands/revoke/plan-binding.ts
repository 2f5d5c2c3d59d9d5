import { Failure } from '../../errors.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { creatorOf, isOurs, ownLabels } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import {
  grantRecordOf,
  hasRecord,
  subjectRecordOf,
  withoutRecord,
  withSubjectRecords,
} from '../../rbac/grant-record.ts';
import { profileOf } from '../../rbac/profiles.ts';
import { covers, formatRule } from '../../rbac/rules.ts';
import { formatSubject, subjectKey } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { checkManager, managerOf, nodesOf } from '../shared/pair/recorded-grants.ts';
import { type GrantSelection, isForeignRole, type NamedGrant } from './select-grants.ts';
import { outcomesOf, type RevokeOptions, type SubjectOutcome } from './subject-outcome.ts';

export interface BindingPlan {
  readonly grant: NamedGrant;
  readonly change: Change;
  readonly leaving: readonly RbacSubject[];
  /** Errors for selected subjects that stay in the binding, because they have other profiles through the same role. */
  readonly failures: readonly Failure[];
  /** Whether the role and the binding were created by hand exactly as grant creates them. Revoke may then also delete the role. */
  readonly isHandMade: boolean;
  /** Whether the binding refers to a role that the grant command does not use. Revoke does not delete such a role. */
  readonly isForeign: boolean;
}

const mostListed = 5;

export function planUnbind(
  grant: NamedGrant,
  selection: GrantSelection,
  options: RevokeOptions,
): BindingPlan {
  const { name, binding: found } = grant;
  const object = { kind: 'ClusterRoleBinding' as const, name };
  const common = { grant, leaving: [], failures: [], isHandMade: false, isForeign: false };
  if (!found) {
    // The output "unchanged" alone would suggest that the binding of --binding-name exists.
    const isNamed = selection.names.binding === name;
    const notes = isNamed ? [`ClusterRoleBinding ${name} does not exist`] : [];
    return { ...common, change: { ...object, action: 'none', differences: [], notes } };
  }
  const none = (differences: readonly string[]): Change => ({
    ...object,
    action: 'none',
    object: found,
    differences,
  });
  if (isForeignRole(grant, selection)) {
    const { kind, name: role } = found.roleRef;
    const reason = `ClusterRoleBinding ${name} kept: it refers to ${kind} ${role}`;
    return { ...common, change: none([reason]), isForeign: true };
  }
  const isHandMade = isCreatedByHand(grant);
  const isOwn = isHandMade || isOurs(found);
  const client = isHandMade ? options.client : undefined;
  const outcomes = outcomesOf(found, grant, selection, { ...options, client });
  const leaving = outcomes.flatMap(({ subject, result }) => (result === 'leaves' ? subject : []));
  const failures = outcomes.flatMap((each) => (each.result === 'refused' ? each.failure : []));
  const isLeaving = new Set(leaving);
  const staying = (found.subjects ?? []).filter((subject) => !isLeaving.has(subject));
  const isAffected = leaving.length > 0;
  if (!isOwn)
    checkOfOthers(grant, found, leaving, isAffected || failures.length > 0, selection, options);
  const isEmpty = isOwn && (found.subjects ?? []).length === 0 && !selection.expired;
  const kept = linesOfKept(outcomes);
  if (!isAffected && !isEmpty) return { ...common, failures, isHandMade, change: none(kept) };
  checkManager('ClusterRoleBinding', found, options.force);
  const isUnreadable = grantRecordOf(found).isUnreadable;
  const differences = [
    ...(isUnreadable
      ? [
          staying.length === 0
            ? '- its record, which cannot be parsed'
            : '  its record, which cannot be parsed, stays: it may tell of the others',
        ]
      : []),
    ...leaving.map((subject) => `- subject ${formatSubject(subject)}`),
  ];
  // Without --force, a binding that is not ours is kept even if no subject is left.
  const isDeleted = staying.length === 0 && (isOwn || options.force);
  const removed = leaving.length > 0 ? { removed: { subjects: leaving } } : {};
  const change: Change = isDeleted
    ? { ...object, action: 'delete', object: found, differences, ...removed }
    : {
        ...object,
        action: 'update',
        object: without(found, staying),
        differences: [...differences, ...kept],
        ...removed,
      };
  return { ...common, change, leaving, failures, isHandMade };
}

/** Throws for a binding that grant did not create, unless grant added the subjects that are removed from it. */
function checkOfOthers(
  { name, expectedRole, role, roleName }: NamedGrant,
  binding: ClusterRoleBinding,
  leaving: readonly RbacSubject[],
  isAffected: boolean,
  { subject: named, expired }: GrantSelection,
  { force }: RevokeOptions,
): void {
  if (!named) {
    if (expired || isAffected || expectedRole === undefined) return;
    throw new Failure(notChanged(name, binding), {
      hints: ['to remove one subject anyway: --subject user:NAME --force'],
    });
  }
  if (force || leaving.every((subject) => subjectRecordOf(binding, subject) !== undefined)) return;
  const who = formatSubject(named);
  const rules = (role?.rules ?? []).map(formatRule);
  const lost = rules.length > 0 ? `: ${summarize(rules, mostListed)}` : '';
  throw new Failure(`${notChanged(name, binding)}, and grant did not add ${who}`, {
    details: [`with it, ${who} loses all that ClusterRole ${roleName} allows${lost}`],
    hints: [
      command`to remove it anyway: kubectl kubeletaccess revoke --subject ${who} --binding-name ${name} --force`,
    ],
  });
}

function linesOfKept(outcomes: readonly SubjectOutcome[]): readonly string[] {
  const lines = outcomes.flatMap((each) =>
    each.result === 'stays' ? `subject ${formatSubject(each.subject)} kept: ${each.reason}` : [],
  );
  const rest = lines.length - mostListed;
  return rest > 0 ? [...lines.slice(0, mostListed), `and ${rest} more subjects kept`] : lines;
}

/**
 * Whether the role and the binding were created by hand exactly as grant creates them, and no other tool manages them. A binding that has
 * our label but no grant record is treated as created by hand.
 */
function isCreatedByHand({ binding, role, profiles: recorded, expectedRole }: NamedGrant): boolean {
  if (!binding || !role || expectedRole === undefined) return false;
  if (isOurs(binding) && hasRecord(binding)) return false;
  if (managerOf(binding) !== undefined || managerOf(role) !== undefined) return false;
  // Without a grant record, the kubelet client's role may be of profile apiserver or apiserver-full.
  const [profile = 'apiserver'] = recorded;
  const profiles = profile === 'apiserver' ? ([profile, 'apiserver-full'] as const) : [profile];
  return profiles.some((name) => {
    const { ownRole, rules } = profileOf(name, nodesOf(role));
    const has = role.rules ?? [];
    // Rules are equal if they allow the same requests.
    return ownRole === undefined && covers(has, rules) && covers(rules, has);
  });
}

function notChanged(name: string, binding: ClusterRoleBinding): string {
  const [manager, creator] = [managerOf(binding), creatorOf(binding)];
  const byOthers =
    creator === undefined ? 'was not created' : `was created by ${oneLine(creator)}, not`;
  const why =
    manager === undefined ? `${byOthers} by kubectl-kubeletaccess` : `is managed by ${manager}`;
  return `ClusterRoleBinding ${name} not changed: it ${why}`;
}

/**
 * Returns the binding with only the staying subjects. If it has no label of ours and grant added none of these subjects, removes its
 * annotation with grant records.
 */
function without(binding: ClusterRoleBinding, staying: readonly RbacSubject[]): ClusterRoleBinding {
  const records = grantRecordOf(binding);
  // Keeps an annotation that cannot be parsed, because it may describe subjects that stay.
  if (records.isUnreadable && staying.length > 0) return { ...binding, subjects: [...staying] };
  const keys = new Set(staying.map(subjectKey));
  const subjects = [...records.subjects].flatMap(([key, each]) => (keys.has(key) ? each : []));
  const isRecorded = subjects.length > 0 || isLabelled(binding);
  const recorded = isRecorded ? withSubjectRecords(binding, subjects) : withoutRecord(binding);
  return { ...recorded, subjects: [...staying] };
}

function isLabelled({ metadata }: ClusterRoleBinding): boolean {
  return Object.entries(ownLabels()).every(([key, value]) => metadata.labels?.[key] === value);
}
