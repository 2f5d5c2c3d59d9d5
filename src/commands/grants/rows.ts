import type { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { grantRecordOf, isExpired } from '../../rbac/grant-record.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { grantKey, unreadableRecord } from '../../rbac/record-annotation.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';
import { isRecorded, nodesOf, profilesOfGrant } from '../shared/pair/recorded-grants.ts';

/** Access that grant gave a subject. Unknown fields are absent. */
export interface GrantRow {
  readonly subject: string;
  /** Profiles of the access, separated by commas; absent if not recorded. */
  readonly profile: string | undefined;
  /** Names of the nodes that the access is limited to, separated by commas; absent if it covers all nodes. */
  readonly nodes: string | undefined;
  readonly clusterRole: string;
  readonly clusterRoleBinding: string;
  /** Seconds until the access expires; negative after the expiry. Absent without an expiry. */
  readonly expiresInSeconds: number | undefined;
  /** @format date-time */
  readonly expires: string | undefined;
  readonly isExpired: boolean;
  /** The user who last ran grant, from an annotation that every user with permission to edit the binding can change. */
  readonly grantedBy: string | undefined;
}

/** Returns a row for each subject that grant added to a binding: expired grants first, then by expiry. @param nowMs since 1970 */
export function grantRows(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  nowMs: number,
): readonly GrantRow[] {
  const byName = new Map(roles.map((role) => [nameOf(role), role]));
  const rows = bindings.filter(isRecorded).flatMap((binding) => {
    const role = byName.get(binding.roleRef.name);
    const subjects = [...grantRecordOf(binding).subjects.values()];
    return subjects.map(({ subject, profiles: own, expires, by }): GrantRow => {
      const profiles = own.length > 0 ? own : profilesOfGrant(binding, role);
      // Access with an expiry that cannot be parsed is shown as expired now, because it would otherwise never expire.
      const at = Date.parse(expires ?? '') || nowMs;
      const seconds = expires === undefined ? undefined : Math.round((at - nowMs) / 1000);
      return {
        subject: formatSubject(subject),
        profile: profiles.join(',') || undefined,
        nodes: (role && nodesOf(role).join(',')) || undefined,
        clusterRole: binding.roleRef.name,
        clusterRoleBinding: nameOf(binding),
        expiresInSeconds: seconds,
        expires,
        isExpired: expires !== undefined && isExpired(expires, nowMs),
        grantedBy: by,
      };
    });
  });
  const last = Number.POSITIVE_INFINITY;
  return rows.sort((a, b) => (a.expiresInSeconds ?? last) - (b.expiresInSeconds ?? last) || 0);
}

export function unreadableGrants(bindings: readonly ClusterRoleBinding[]): readonly Failure[] {
  return bindings.flatMap((binding) =>
    grantRecordOf(binding).isUnreadable
      ? unreadableRecord(
          binding,
          grantKey,
          'which access grant gave by it, and until when, is unknown',
        )
      : [],
  );
}

export const grantsView: View<GrantRow> = {
  kind: 'KubeletGrantList',
  columns: [
    { head: 'SUBJECT', key: 'subject', unit: 'text' },
    { head: 'PROFILE', key: 'profile', unit: 'text' },
    { head: 'NODES', key: 'nodes', unit: 'text', absent: '<all>' },
    { head: 'BINDING', key: 'clusterRoleBinding', unit: 'text' },
    { head: 'GRANTED BY', key: 'grantedBy', unit: 'text' },
    { head: 'EXPIRES IN', key: 'expiresInSeconds', unit: 'seconds', absent: '<never>' },
    { head: 'EXPIRES', key: 'expires', unit: 'text', wide: true },
    { head: 'ROLE', key: 'clusterRole', unit: 'text', wide: true },
    { head: 'EXPIRED', key: 'isExpired', unit: 'text', wide: true },
  ],
  names: 'clusterRoleBinding',
};
