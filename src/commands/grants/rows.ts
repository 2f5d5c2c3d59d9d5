import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import { grantsIn, isExpired } from '../../rbac/grant.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';

/** Access that grant gave a subject. Unknown fields are absent. */
export interface GrantRow {
  readonly subject: string;
  readonly profile: string;
  /** Names of the nodes that the access is limited to; absent if it covers all nodes, or the role was not found. */
  readonly nodeNames: readonly string[] | undefined;
  readonly clusterRole: string;
  readonly clusterRoleBinding: string;
  /** Seconds until the access expires; negative after the expiry. Absent without an expiry. */
  readonly expiresInSeconds: number | undefined;
  /** @format date-time */
  readonly expires: string | undefined;
  readonly expired: boolean;
  /** The user who last ran grant, from an annotation that every user with permission to edit the binding can change. */
  readonly grantedBy: string | undefined;
}

/** Returns a row for each grant: expired grants first, then by expiry. @param nowMs since 1970 */
export function grantRows(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
  nowMs: number,
): readonly GrantRow[] {
  const rows = grantsIn(roles, bindings).map(
    ({ subject, profile, nodes, binding, expires, grantedBy }): GrantRow => {
      // Access with an expiry that cannot be parsed is shown as expired now, because it would otherwise never expire.
      const at = Date.parse(expires ?? '') || nowMs;
      return {
        subject: formatSubject(subject),
        profile,
        nodeNames: nodes?.length ? nodes : undefined,
        clusterRole: binding.roleRef.name,
        clusterRoleBinding: nameOf(binding),
        expiresInSeconds: expires === undefined ? undefined : Math.round((at - nowMs) / 1000),
        expires: Number.isNaN(Date.parse(expires ?? '')) ? undefined : expires,
        expired: expires !== undefined && isExpired(expires, nowMs),
        grantedBy,
      };
    },
  );
  const last = Number.POSITIVE_INFINITY;
  return rows.sort((a, b) => (a.expiresInSeconds ?? last) - (b.expiresInSeconds ?? last) || 0);
}

export const grantsView: View<GrantRow> = {
  kind: 'KubeletGrantList',
  columns: [
    { head: 'SUBJECT', key: 'subject', unit: 'text' },
    { head: 'PROFILE', key: 'profile', unit: 'text' },
    { head: 'NODES', key: 'nodeNames', unit: 'text', absent: '<all>' },
    { head: 'BINDING', key: 'clusterRoleBinding', unit: 'text' },
    { head: 'GRANTED BY', key: 'grantedBy', unit: 'text' },
    { head: 'EXPIRES IN', key: 'expiresInSeconds', unit: 'seconds', absent: '<never>' },
    { head: 'EXPIRES', key: 'expires', unit: 'text', wide: true },
    { head: 'ROLE', key: 'clusterRole', unit: 'text', wide: true },
    { head: 'EXPIRED', key: 'expired', unit: 'text', wide: true },
  ],
  names: 'clusterRoleBinding',
};
