import type { IndirectReach } from '../../kubelet/indirect-reach.ts';
import { formatRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';

/** A binding by which a subject can gain access to kubelets that it does not have. */
export interface IndirectRow {
  /** Such as user:jane. */
  readonly subject: string;
  /** How: `escalate,bind`; `token` requests one of a service account, `exec` runs commands in pods, `approve` signs certificates. */
  readonly can: string;
  /** `any role`, or the accounts and roles by name. */
  readonly gets: string;
  /** The only namespace, of a RoleBinding; absent for all. */
  readonly namespace: string | undefined;
  /** The ClusterRoleBinding, or the RoleBinding of the namespace. */
  readonly binding: string;
  readonly role: string;
  /** Such as `serviceaccounts/token create`. */
  readonly permissions: string;
  /** Whether kube-apiserver itself grants it to a component of the cluster. */
  readonly isDefault: boolean;
}

/** Returns a row for each binding, sorted by subject. */
export function indirectRows(reach: readonly IndirectReach[]): readonly IndirectRow[] {
  return reach
    .map(({ subject, ways, gets, permissions, ...each }) => ({
      ...each,
      subject: formatSubject(subject),
      can: ways.join(','),
      gets: gets.join(', '),
      permissions: formatRules(permissions),
    }))
    .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
}

export const indirectView: View<IndirectRow> = {
  kind: 'KubeletIndirectSubjectList',
  columns: [
    { head: 'SUBJECT', key: 'subject', unit: 'text' },
    { head: 'CAN', key: 'can', unit: 'text' },
    { head: 'GETS', key: 'gets', unit: 'text' },
    { head: 'NAMESPACE', key: 'namespace', unit: 'text', absent: '<all>' },
    { head: 'THROUGH', key: 'binding', unit: 'text' },
    { head: 'ROLE', key: 'role', unit: 'text' },
    { head: 'PERMISSIONS', key: 'permissions', unit: 'text', wide: true },
    { head: 'DEFAULT', key: 'isDefault', unit: 'text', wide: true },
  ],
};
