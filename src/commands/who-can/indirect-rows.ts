import type { IndirectReach } from '../../kubelet/indirect-reach.ts';
import { formatRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';

/** A binding by which a subject can gain access to kubelets that it does not have. */
export interface IndirectRow {
  /** The subject, such as user:jane. */
  readonly subject: string;
  /** Ways, such as `escalate,bind`. `token` requests service account tokens, `exec` runs commands in pods, `approve` signs certificates. */
  readonly can: string;
  /** The access gained: `any role`, or accounts and roles by name. */
  readonly gets: string;
  /** Namespace of a RoleBinding; absent for a ClusterRoleBinding. */
  readonly namespace: string | undefined;
  /** Name of the ClusterRoleBinding, or of the RoleBinding in `namespace`. */
  readonly binding: string;
  readonly role: string;
  /** Permissions that allow this, such as `serviceaccounts/token create`. */
  readonly permissions: string;
  /** Whether the binding is a default of kube-apiserver for a component of the cluster. */
  readonly isDefault: boolean;
}

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
