import { exitCodes, Failure, reworded } from '../../errors.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import {
  grantRecordOf,
  isExpired,
  type SubjectRecord,
  subjectRecordOf,
} from '../../rbac/grant-record.ts';
import { pairNames } from '../../rbac/pair.ts';
import { isProfileName, profileOf } from '../../rbac/profiles.ts';
import { grantKey, unreadableRecord } from '../../rbac/record-annotation.ts';
import { formatSubject, sameSubject } from '../../rbac/subject.ts';
import { command, options } from '../../text/command.ts';
import { nodesOf } from '../shared/pair/recorded-grants.ts';
import {
  type GrantSelection,
  isProfileSelected,
  type NamedGrant,
  takesAllProfiles,
} from './select-grants.ts';

export interface RevokeOptions {
  /** Whether to change objects that another tool manages or extended. */
  readonly force: boolean;
  /** The subject of a role and binding that were created by hand and not by `grant`; undefined if there are none. */
  readonly client: RbacSubject | undefined;
  readonly now: number;
}

export type SubjectOutcome =
  | { readonly subject: RbacSubject; readonly result: 'leaves' }
  | { readonly subject: RbacSubject; readonly result: 'stays'; readonly reason: string }
  | { readonly subject: RbacSubject; readonly result: 'refused'; readonly failure: Failure };

/**
 * Decides which subjects leave a binding, from its grant records. Throws if the decision needs these records and they cannot be parsed.
 */
export function outcomesOf(
  binding: ClusterRoleBinding,
  grant: NamedGrant,
  selection: GrantSelection,
  { client, now }: RevokeOptions,
): readonly SubjectOutcome[] {
  checkReadable(binding, grant, selection);
  return (binding.subjects ?? []).map((subject): SubjectOutcome => {
    const record = subjectRecordOf(binding, subject);
    const reason = selection.expired
      ? reasonNotExpired(record, now)
      : reasonToKeep(subject, record !== undefined, selection, client);
    if (reason !== undefined) return { subject, result: 'stays', reason };
    if (selection.expired) return { subject, result: 'leaves' };
    // A subject that grant did not add has all profiles of the role.
    const profiles = record ? record.profiles : grant.profiles;
    const kept = profiles.filter((name) => !isProfileSelected(grant, name, selection));
    if (kept.length === 0) return { subject, result: 'leaves' };
    const dropped = profiles.filter((name) => !kept.includes(name));
    if (dropped.length === 0)
      return { subject, result: 'stays', reason: `granted by profile ${kept.join(', ')}` };
    if (!record) throw unknownProfiles(subject, grant);
    return {
      subject,
      result: 'refused',
      failure: sharedRole(record, dropped, kept, grant, now),
    };
  });
}

/**
 * Returns the error for a subject that cannot lose a profile. The subject has other profiles through the same role, and the binding gives
 * the subject all rules of this role.
 */
function sharedRole(
  { subject, expires }: SubjectRecord,
  dropped: readonly string[],
  kept: readonly string[],
  { name, roleName, role }: NamedGrant,
  now: number,
): Failure {
  const who = formatSubject(subject);
  // The suggested grant expires at the same time as the old grant, or after one minute if the old expiry cannot be parsed.
  const minutes = Math.max(1, Math.floor((Date.parse(expires ?? '') - now) / 60_000) || 0);
  const nodes = role ? nodesOf(role) : [];
  const names = kept.filter(isProfileName);
  const grants = names.map((profile) => {
    const more = options([
      ...nodes.flatMap((node) => ['--node', node]),
      ...(expires === undefined ? [] : ['--for', `${minutes}m`]),
      ...(profileOf(profile).runsCommands ? ['--allow-exec'] : []),
    ]);
    return command`kubectl kubeletaccess grant --profile ${profile} --subject ${who} ${more}`;
  });
  // A role that other subjects use keeps all its rules. Therefore the suggested grant must not bind the same role again.
  const isBoundAgain = names.some((profile) =>
    [true, false].some(
      (known) => pairNames(profileOf(profile), subject, nodes, known).role === roleName,
    ),
  );
  const isOver = expires !== undefined && isExpired(expires, now);
  const canGrant = !isBoundAgain && !isOver && names.length === kept.length;
  const all = command`kubectl kubeletaccess revoke --subject ${who} --all-profiles --binding-name ${name}`;
  return new Failure(
    `${who} keeps profile ${dropped.join(', ')}: ClusterRoleBinding ${name} gives ${kept.join(', ')} by the same ClusterRole ${roleName}`,
    {
      hints: [
        canGrant
          ? `to grant the others by roles of their own: ${[all, ...grants].join(' && ')}`
          : `to remove all of them: ${all}`,
      ],
    },
  );
}

/** Returns the error for a subject that grant did not add. Its profiles are not recorded, so all profiles of the role are assumed. */
function unknownProfiles(subject: RbacSubject, { name, roleName, profiles }: NamedGrant): Failure {
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

function reasonToKeep(
  subject: RbacSubject,
  isRecorded: boolean,
  selection: GrantSelection,
  client: RbacSubject | undefined,
): string | undefined {
  const reason = isRecorded ? 'not the subject of --subject' : 'not added by grant';
  if (selection.subject) return sameSubject(selection.subject, subject) ? undefined : reason;
  const isClient = client !== undefined && sameSubject(client, subject);
  return isRecorded || isClient ? undefined : reason;
}

/** Throws, with exit code 3, if grant records that cannot be parsed are needed to decide which subjects leave. */
function checkReadable(
  binding: ClusterRoleBinding,
  grant: NamedGrant,
  selection: GrantSelection,
): void {
  if (!grantRecordOf(binding).isUnreadable) return;
  const unreadable = (consequence: string) =>
    reworded(unreadableRecord(binding, grantKey, consequence), { exitCode: exitCodes.unmet });
  if (selection.expired) throw unreadable('whether its access has expired is unknown');
  if (!selection.subject) throw unreadable('which subjects grant added is unknown');
  if (takesAllProfiles(selection)) return;
  // Without grant records, each subject is assumed to have all profiles of the role. Then the selection must include all these profiles or
  // none.
  const [first, ...others] = grant.profiles.map((name) =>
    isProfileSelected(grant, name, selection),
  );
  if (first === undefined || others.some((each) => each !== first))
    throw unreadable('which profiles its subjects have is unknown');
}
