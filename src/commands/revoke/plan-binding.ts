import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import {
  expiryAnnotation,
  isOurs,
  isOver,
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
  keeperOf,
  nodesOf,
  type RecordsBySubject,
  recordsBySubject,
} from '../pair/grant-records.ts';
import { type Selection, strays, type Target } from './select-grants.ts';

/** What the user agreed to. */
export interface RevokeOptions {
  /** Of a pair made by hand, who it was made for. */
  readonly client: RbacSubject | undefined;
  readonly allSubjects: boolean;
  /** In ms since 1970, when the time of an expiring grant is over. */
  readonly now: number;
  /** Also what somebody else manages, or added to. */
  readonly force: boolean;
}

/** What becomes of the binding of one grant, and who loses what it gives. */
export interface Unbinding {
  readonly target: Target;
  readonly change: Change;
  readonly leaving: readonly RbacSubject[];
  /** The pair was made by hand, just as grant makes it, so that its role is ours as well. */
  readonly byHand: boolean;
  /** The binding gives something else, so that its role is not looked at. */
  readonly strays: boolean;
}

/** How many of those who stay are named. */
const mostNamed = 5;

/** What takes the right subjects out of a binding; throws Failure if the binding is not to be touched. */
export function planUnbind(
  target: Target,
  selection: Selection,
  options: RevokeOptions,
): Unbinding {
  const { name, binding: found } = target;
  const object = { kind: 'ClusterRoleBinding' as const, name };
  const common = { target, leaving: [], byHand: false, strays: false };
  if (!found) return { ...common, change: { ...object, action: 'none', differences: [] } };
  const none = (differences: readonly string[]): Change => ({
    ...object,
    action: 'none',
    object: found,
    differences,
  });
  if (strays(target, selection)) {
    const { kind, name: role } = found.roleRef;
    const reason = `ClusterRoleBinding ${name} stays: it gives ${kind} ${role}`;
    return { ...common, change: none([reason]), strays: true };
  }
  const byHand = isMadeByHand(target);
  const subjects = found.subjects ?? [];
  const records = recordsBySubject(found);
  const goes = subjects.map((subject) => leaves(subject, records, byHand, selection, options));
  const leaving = subjects.filter((_, index) => goes[index]);
  const staying = subjects.filter((_, index) => !goes[index]);
  const others = firstLines(
    staying.map(
      (subject) => `subject ${formatSubject(subject)} stays: ${why(subject, records, selection)}`,
    ),
    'subjects stay',
  );
  const ours = isOurs(found) || byHand;
  const owner = keeperOf(found);
  const unnamed = selection.subject === undefined && !selection.expired;
  const nothing = leaving.length === 0 && target.expectedRole !== undefined;
  if (unnamed && !ours && (nothing || (options.allSubjects && !options.force)))
    throw notOurs(name, owner, options.allSubjects);
  // Of a binding that is ours and gives nothing to anyone, nothing is lost.
  const empty = subjects.length === 0 && ours && !selection.expired;
  if (leaving.length === 0 && !empty) return { ...common, byHand, change: none(others) };
  if (owner !== undefined && !options.force)
    throw new Failure(`ClusterRoleBinding ${name} is managed by ${owner}, and would be changed`, {
      hints: ['change it there; or, if that is how you want it: the same with --force'],
    });
  const differences = leaving.map((subject) => `- subject ${formatSubject(subject)}`);
  const change: Change =
    // Somebody else's binding is left, be it empty.
    staying.length === 0 && (ours || options.force)
      ? { ...object, action: 'delete', object: found, differences }
      : {
          ...object,
          action: 'update',
          object: without(found, staying),
          differences: [...differences, ...others],
        };
  return { ...common, change, leaving, byHand };
}

/** The first few lines, and how many more there are of what. */
export function firstLines(lines: readonly string[], what: string): readonly string[] {
  const rest = lines.length - mostNamed;
  return rest > 0 ? [...lines.slice(0, mostNamed), `and ${rest} more ${what}`] : lines;
}

/** A pair that somebody made by hand just as grant makes it, and that nobody else keeps, counts as ours. */
function isMadeByHand({ binding, role, profile = 'apiserver', expectedRole }: Target): boolean {
  if (!binding || !role || isOurs(binding) || expectedRole === undefined) return false;
  if (keeperOf(binding) !== undefined || keeperOf(role) !== undefined) return false;
  // Without a mark, the known pair may be of either.
  const profiles = profile === 'apiserver' ? ([profile, 'apiserver-full'] as const) : [profile];
  return profiles.some((name) => {
    const { ownRole, rules } = profileOf(name, nodesOf(role));
    return ownRole === undefined && holdsExactly(role, rules);
  });
}

/** Whether a role holds just what a profile does, however it is written down. */
function holdsExactly(role: ClusterRole, rules: readonly PolicyRule[]): boolean {
  return covers(role.rules ?? [], rules) && covers(rules, role.rules ?? []);
}

function leaves(
  subject: RbacSubject,
  records: RecordsBySubject,
  byHand: boolean,
  selection: Selection,
  { allSubjects, client, now }: RevokeOptions,
): boolean {
  const name = formatSubject(subject);
  if (selection.expired) {
    const expires = records.expiries.get(name);
    return expires !== undefined && isOver(expires, now);
  }
  if (selection.subject) return sameSubject(selection.subject, subject);
  if (allSubjects || records.subjects.has(name)) return true;
  return byHand && client !== undefined && sameSubject(client, subject);
}

function why(subject: RbacSubject, records: RecordsBySubject, { expired }: Selection): string {
  const name = formatSubject(subject);
  if (expired && records.expiries.has(name)) return 'its time is not over';
  if (!records.subjects.has(name)) return 'it was not put there by grant';
  return expired ? 'it was granted for good' : 'another one was named';
}

function notOurs(name: string, owner: string | undefined, allSubjects: boolean): Failure {
  return new Failure(
    owner === undefined
      ? `ClusterRoleBinding ${name} was not made by kubectl-kubeletaccess, so it is not touched`
      : `ClusterRoleBinding ${name} is managed by ${owner}, so it is not touched`,
    {
      hints: [
        'to take out one subject all the same: --subject user:NAME, with --force if somebody else manages it',
        ...(allSubjects ? ['or, if all are to lose it: the same with --force'] : []),
      ],
    },
  );
}

/** Of a binding that is not labelled as ours, all records go with the last subject that grant put there. */
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
  const labelled = Object.entries(ownLabels()).every(([key, value]) => labels[key] === value);
  const needless = {
    ...(expiries.length === 0 && expiryAnnotation([])),
    ...(recorded.length === 0 && !labelled && { ...subjectsAnnotation([]), ...ownAnnotations('') }),
  };
  for (const key of Object.keys(needless)) delete annotations[key];
  return {
    ...binding,
    metadata: { ...binding.metadata, annotations },
    subjects: [...staying],
  };
}
