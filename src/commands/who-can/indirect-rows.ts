import type { IndirectReach } from '../../kubelet/indirect-reach.ts';
import { listRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { always, type ListView, textField, wideAlways } from '../shared/rows/fields.ts';

export const indirectView: ListView<IndirectReach> = {
  kind: 'KubeletIndirectSubjectList',
  about: 'A binding that does not give a subject access to kubelets, but lets the subject gain it.',
  document: {
    title: 'Who can gain access to kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. Each row is a binding that does not give a subject access to kubelets, but lets the subject gain it. Group system:masters may do everything, and is not listed.',
  },
  columns: [
    textField('SUBJECT', 'subject', ({ subject }) => formatSubject(subject), {
      ...always,
      about: 'The subject, such as user:jane.',
    }),
    textField('CAN', 'means', ({ ways }) => ways, {
      ...always,
      type: 'texts',
      about:
        'How the subject can gain access, such as `escalate,bind`. `token` requests service account tokens, `secret` reads Secrets, which may have such tokens, `exec` runs commands in pods, `approve` signs certificates.',
    }),
    textField('GETS', 'gain', ({ gets }) => gets.join(', '), {
      ...always,
      about: 'Access that the subject can gain: `any role`, or the names of accounts and roles.',
    }),
    textField('NAMESPACE', 'namespace', ({ namespace }) => namespace, {
      absent: '<all>',
      about: 'Namespace of a RoleBinding; absent for a ClusterRoleBinding.',
    }),
    textField('THROUGH', 'binding', ({ binding }) => binding, {
      ...always,
      about: 'Name of the ClusterRoleBinding, or of the RoleBinding in `namespace`.',
    }),
    textField('ROLE', 'role', ({ role }) => role, always),
    textField('PERMISSIONS', 'permissions', ({ permissions }) => listRules(permissions), {
      ...wideAlways,
      type: 'texts',
      about:
        'Permissions that let the subject gain access, such as `serviceaccounts/token create`.',
    }),
    textField('DEFAULT', 'defaultBinding', ({ isDefault }) => isDefault, {
      ...wideAlways,
      type: 'boolean',
      about: 'Whether the binding is a default of kube-apiserver for a component of the cluster.',
    }),
  ],
};
