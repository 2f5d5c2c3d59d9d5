import { exitCodes, Failure, reworded } from '../../errors.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import {
  isExpired,
  type Records,
  recordOf,
  recordsOf,
  type SubjectRecord,
} from '../../rbac/records.ts';
import { formatSubject, sameSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { unreadableRecord } from '../shared/pair/grant-records.ts';
import {
  isProfileSelected,
  type SelectedGrant,
  type Selection,
  takesAllProfiles,
} from './select-grants.ts';

/** Subjects chosen besides those that grant added. */
export interface Chosen {
  readonly allSubjects: boolean;
  /** Whom a pair created by hand is for; undefined for a pair that was not. */
  readonly client: RbacSubject | undefined;
  /** In ms since 1970. */
  readonly now: number;
}

/** The change for a subject of a binding. */
export type Outcome =
  | { readonly subject: RbacSubject; readonly result: 'leaves' }
  | { readonly subject: RbacSubject; readonly result: 'stays'; readonly reason: string }
  | Narrowed;

/** A subject that loses profiles and keeps others of the same role. */
export interface Narrowed {
  readonly subject: RbacSubject;
  readonly result: 'narrowed';
  readonly dropped: readonly string[];
  readonly kept: readonly string[];
}

/** By the records of the binding; throws Failure if they matter and cannot be parsed. */
export function outcomesOf(
  binding: ClusterRoleBinding,
  target: SelectedGrant,
  selection: Selection,
  chosen: Chosen,
): readonly Outcome[] {
  const records = recordsOf(binding);
  checkReadable(binding, records, target, selection, chosen);
  return (binding.subjects ?? []).map((subject): Outcome => {
    const record = recordOf(records, subject);
    const reason = selection.expired
      ? reasonNotExpired(record, chosen.now)
      : reasonToKeep(subject, record !== undefined, selection, chosen);
    if (reason !== undefined) return { subject, result: 'stays', reason };
    if (selection.expired) return { subject, result: 'leaves' };
    // A subject that grant did not add has whatever the role has.
    const profiles = record ? record.profiles : target.profiles;
    const kept = profiles.filter((name) => !isProfileSelected(target, name, selection));
    if (kept.length === 0) return { subject, result: 'leaves' };
    const dropped = profiles.filter((name) => !kept.includes(name));
    if (dropped.length === 0)
      return { subject, result: 'stays', reason: `granted by profile ${kept.join(', ')}` };
    if (!record) throw unknownProfiles(subject, target);
    return { subject, result: 'narrowed', dropped, kept };
  });
}

/** A subject that grant did not add has the whole role. */
function unknownProfiles(
  subject: RbacSubject,
  { name, roleName, profiles }: SelectedGrant,
): Failure {
  const who = formatSubject(subject);
  return new Failure(
    `${who} not removed from ClusterRoleBinding ${name}: grant did not add it, and ClusterRole ${roleName} has profiles ${profiles.join(', ')}`,
    {
      hints: [
        command`to remove all of them: kubectl kubeletaccess revoke --subject ${who} --all-profiles --binding-name ${name}`,
      ],
    },
  );
}

function reasonNotExpired(record: SubjectRecord | undefined, now: number): string | undefined {
  if (!record) return 'not added by grant';
  if (record.expires === undefined) return 'granted without --for';
  return isExpired(record.expires, now) ? undefined : 'not expired yet';
}

/** Undefined for a subject that is chosen. */
function reasonToKeep(
  subject: RbacSubject,
  isRecorded: boolean,
  selection: Selection,
  { allSubjects, client }: Chosen,
): string | undefined {
  const reason = isRecorded ? 'not the subject of --subject' : 'not added by grant';
  if (selection.subject) return sameSubject(selection.subject, subject) ? undefined : reason;
  const isClient = client !== undefined && sameSubject(client, subject);
  return allSubjects || isRecorded || isClient ? undefined : reason;
}

/** A record that cannot be read matters where it decides who goes, or which profiles. What stays is exit 3. */
function checkReadable(
  binding: ClusterRoleBinding,
  { isUnreadable }: Records,
  target: SelectedGrant,
  selection: Selection,
  { allSubjects }: Chosen,
): void {
  if (!isUnreadable) return;
  const unreadable = (consequence: string) =>
    reworded(unreadableRecord(binding, consequence), { exitCode: exitCodes.unmet });
  if (selection.expired) throw unreadable('whether its access has expired is unknown');
  if (!selection.subject && !allSubjects) throw unreadable('which subjects grant added is unknown');
  if (takesAllProfiles(selection)) return;
  // If the role has one profile, each of its subjects has that profile.
  const [first, ...others] = target.profiles.map((name) =>
    isProfileSelected(target, name, selection),
  );
  if (first === undefined || others.some((each) => each !== first))
    throw unreadable('which profiles its subjects have is unknown');
}
