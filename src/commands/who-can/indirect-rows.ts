import type { IndirectReach } from '../../kubelet/indirect-reach.ts';
import { listRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { View } from '../../text/column.ts';

/** A binding that does not give a subject access to kubelets, but lets the subject gain it. */
export interface IndirectRow {
  /** The subject, such as user:jane. */
  readonly subject: string;
  /**
   * How the subject can gain access, such as `escalate,bind`. `token` requests service account tokens, `secret` reads Secrets, which may
   * have such tokens, `exec` runs commands in pods, `approve` signs certificates.
   */
  readonly means: readonly string[];
  /** Access that the subject can gain: `any role`, or the names of accounts and roles. */
  readonly gain: string;
  /** Namespace of a RoleBinding; absent for a ClusterRoleBinding. */
  readonly namespace: string | undefined;
  /** Name of the ClusterRoleBinding, or of the RoleBinding in `namespace`. */
  readonly binding: string;
  readonly role: string;
  /** Permissions that let the subject gain access, such as `serviceaccounts/token create`. */
  readonly permissions: readonly string[];
  /** Whether the binding is a default of kube-apiserver for a component of the cluster. */
  readonly defaultBinding: boolean;
}

export function indirectRows(reach: readonly IndirectReach[]): readonly IndirectRow[] {
  return reach
    .map(({ subject, ways, gets, permissions, isDefault, ...each }) => ({
      ...each,
      subject: formatSubject(subject),
      defaultBinding: isDefault,
      means: ways,
      gain: gets.join(', '),
      permissions: listRules(permissions),
    }))
    .sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
}

export const indirectView: View<IndirectRow> = {
  kind: 'KubeletIndirectSubjectList',
  columns: [
    { head: 'SUBJECT', key: 'subject', unit: 'text' },
    { head: 'CAN', key: 'means', unit: 'text' },
    { head: 'GETS', key: 'gain', unit: 'text' },
    { head: 'NAMESPACE', key: 'namespace', unit: 'text', absent: '<all>' },
    { head: 'THROUGH', key: 'binding', unit: 'text' },
    { head: 'ROLE', key: 'role', unit: 'text' },
    { head: 'PERMISSIONS', key: 'permissions', unit: 'text', wide: true },
    { head: 'DEFAULT', key: 'defaultBinding', unit: 'text', wide: true },
  ],
};
