import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import {
  expiryAnnotation,
  isExpired,
  isOurs,
  ownAnnotations,
  ownLabels,
  recordedExpiries,
  recordedSubjects,
  subjectsAnnotation,
} from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { profileOf } from '../../rbac/profiles.ts';
import { covers } from '../../rbac/rules.ts';
import { formatSubject, sameSubject } from '../../rbac/subject.ts';
import {
  managerOf,
  nodesOf,
  type RecordsBySubject,
  recordsBySubject,
} from '../pair/grant-records.ts';
import { isForeignRole, type Selection, type Target } from './select-grants.ts';

/** What the user agreed to. */
export interface RevokeOptions {
  /** Whom a pair created by hand is for. */
  readonly client: RbacSubject | undefined;
  readonly allSubjects: boolean;
  /** In ms since 1970. */
  readonly now: number;
  /** Also change what another tool manages or extended. */
  readonly force: boolean;
}

/** The change of the binding of one grant, and who loses access. */
export interface Unbinding {
  readonly target: Target;
  readonly change: Change;
  readonly leaving: readonly RbacSubject[];
  /** The pair was created by hand exactly as grant creates it, so that its role is ours as well. */
  readonly isHandMade: boolean;
  /** The binding refers to a role that is not of a grant, so that the role is not checked. */
  readonly isForeign: boolean;
}

/** How many kept subjects are listed. */
const mostListed = 5;

/** Removes the selected subjects from a binding; throws Failure if the binding may not be changed. */
export function planUnbind(
  target: Target,
  selection: Selection,
  options: RevokeOptions,
): Unbinding {
  const { name, binding: found } = target;
  const object = { kind: 'ClusterRoleBinding' as const, name };
  const common = { target, leaving: [], isHandMade: false, isForeign: false };
  if (!found) return { ...common, change: { ...object, action: 'none', differences: [] } };
  const none = (differences: readonly string[]): Change => ({
    ...object,
    action: 'none',
    object: found,
    differences,
  });
  if (isForeignRole(target, selection)) {
    const { kind, name: role } = found.roleRef;
    const reason = `ClusterRoleBinding ${name} kept: it refers to ${kind} ${role}`;
    return { ...common, change: none([reason]), isForeign: true };
  }
  const isHandMade = isCreatedByHand(target);
  const subjects = found.subjects ?? [];
  const records = recordsBySubject(found);
  const isLeaving = subjects.map((subject) =>
    leaves(subject, records, isHandMade, selection, options),
  );
  const leaving = subjects.filter((_, index) => isLeaving[index]);
  const staying = subjects.filter((_, index) => !isLeaving[index]);
  const others = firstLines(
    staying.map(
      (subject) =>
        `subject ${formatSubject(subject)} kept: ${reasonToKeep(subject, records, selection)}`,
    ),
    'subjects kept',
  );
  const ours = isOurs(found) || isHandMade;
  const manager = managerOf(found);
  const unnamed = selection.subject === undefined && !selection.expired;
  const isUnrecorded = leaving.length === 0 && target.expectedRole !== undefined;
  if (unnamed && !ours && (isUnrecorded || (options.allSubjects && !options.force)))
    throw notOurs(name, manager, options.allSubjects);
  // Deleting a binding of ours without subjects loses nothing.
  const isEmpty = subjects.length === 0 && ours && !selection.expired;
  if (leaving.length === 0 && !isEmpty) return { ...common, isHandMade, change: none(others) };
  if (manager !== undefined && !options.force)
    throw new Failure(`ClusterRoleBinding ${name} is managed by ${manager} and would be changed`, {
      hints: ['change it there, or re-run with --force to override'],
    });
  const differences = leaving.map((subject) => `- subject ${formatSubject(subject)}`);
  const change: Change =
    // A binding that is not ours is kept, even if it is empty.
    staying.length === 0 && (ours || options.force)
      ? { ...object, action: 'delete', object: found, differences, removed: { subjects: leaving } }
      : {
          ...object,
          action: 'update',
          object: without(found, staying),
          differences: [...differences, ...others],
          removed: { subjects: leaving },
        };
  return { ...common, change, leaving, isHandMade };
}

/** The first few lines, and how many more there are of what. */
export function firstLines(lines: readonly string[], what: string): readonly string[] {
  const rest = lines.length - mostListed;
  return rest > 0 ? [...lines.slice(0, mostListed), `and ${rest} more ${what}`] : lines;
}

/** A pair that was created by hand exactly as grant creates it, and that no other tool manages, counts as ours. */
function isCreatedByHand({ binding, role, profile = 'apiserver', expectedRole }: Target): boolean {
  if (!binding || !role || isOurs(binding) || expectedRole === undefined) return false;
  if (managerOf(binding) !== undefined || managerOf(role) !== undefined) return false;
  // Without an annotation, the known pair may be of either profile.
  const profiles = profile === 'apiserver' ? ([profile, 'apiserver-full'] as const) : [profile];
  return profiles.some((name) => {
    const { ownRole, rules } = profileOf(name, nodesOf(role));
    return ownRole === undefined && allowsExactly(role, rules);
  });
}

/** Whether a role allows exactly what a profile does, however its rules are written. */
function allowsExactly(role: ClusterRole, rules: readonly PolicyRule[]): boolean {
  return covers(role.rules ?? [], rules) && covers(rules, role.rules ?? []);
}

function leaves(
  subject: RbacSubject,
  records: RecordsBySubject,
  isHandMade: boolean,
  selection: Selection,
  { allSubjects, client, now }: RevokeOptions,
): boolean {
  const name = formatSubject(subject);
  if (selection.expired) {
    const expires = records.expiries.get(name);
    return expires !== undefined && isExpired(expires, now);
  }
  if (selection.subject) return sameSubject(selection.subject, subject);
  if (allSubjects || records.subjects.has(name)) return true;
  return isHandMade && client !== undefined && sameSubject(client, subject);
}

function reasonToKeep(
  subject: RbacSubject,
  records: RecordsBySubject,
  { expired }: Selection,
): string {
  const name = formatSubject(subject);
  if (expired && records.expiries.has(name)) return 'not expired yet';
  if (!records.subjects.has(name)) return 'not added by grant';
  return expired ? 'granted without --for' : 'not the subject of --subject';
}

function notOurs(name: string, manager: string | undefined, allSubjects: boolean): Failure {
  return new Failure(
    `ClusterRoleBinding ${name} not changed: it ${manager === undefined ? 'was not created by kubectl-kubeletaccess' : `is managed by ${manager}`}`,
    {
      hints: [
        'to remove one subject anyway: --subject user:NAME, with --force if another tool manages the binding',
        ...(allSubjects ? ['to remove all subjects anyway: re-run with --force'] : []),
      ],
    },
  );
}

/** A binding without our label loses all records with the last subject that grant added. */
function without(binding: ClusterRoleBinding, staying: readonly RbacSubject[]): ClusterRoleBinding {
  const names = new Set(staying.map(formatSubject));
  const stays = (subject: RbacSubject) => names.has(formatSubject(subject));
  const annotations: Record<string, string> = { ...binding.metadata?.annotations };
  const recorded = recordedSubjects(binding).filter(stays);
  const expiries = recordedExpiries(binding).filter(([subject]) => stays(subject));
  const records = { ...subjectsAnnotation(recorded), ...expiryAnnotation(expiries) };
  for (const [key, value] of Object.entries(records))
    if (key in annotations) annotations[key] = value;
  const labels = binding.metadata?.labels ?? {};
  const isLabelled = Object.entries(ownLabels()).every(([key, value]) => labels[key] === value);
  const obsolete = {
    ...(expiries.length === 0 && expiryAnnotation([])),
    ...(recorded.length === 0 &&
      !isLabelled && { ...subjectsAnnotation([]), ...ownAnnotations('') }),
  };
  for (const key of Object.keys(obsolete)) delete annotations[key];
  return {
    ...binding,
    metadata: { ...binding.metadata, annotations },
    subjects: [...staying],
  };
}
