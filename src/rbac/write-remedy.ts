import type { Details } from '../errors.ts';
import { type AdmissionDenial, admissionCommand, formatAdmissionDenial } from './admission.ts';
import type { ApiServerDenial } from './api-server-denial.ts';
import type { Change } from './change.ts';
import { createCommands } from './create-commands.ts';
import type { EscalationDenial } from './escalation.ts';
import { callerProfiles, runsCommands } from './profiles.ts';
import { covers, formatRule } from './rules.ts';

/** Lines of an error message. `details` are missing permissions; `hints` are commands that grant them. */
export interface Remedy {
  readonly details: Details;
  readonly hints: readonly string[];
}

export type DeniedWrite = Pick<Change, 'kind' | 'name' | 'action' | 'object'>;

const adminNote =
  'ask a cluster-admin or a member of system:masters; on a kubeadm control plane, use --kubeconfig /etc/kubernetes/admin.conf (super-admin.conf since 1.29)';
const handOverNote =
  'or give a cluster-admin the objects: re-run with --dry-run=client -o yaml and pipe the output to kubectl apply -f -';

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping */
export function remedyForEscalation(denial: EscalationDenial, written: DeniedWrite): Remedy {
  return {
    details: denial.missing.map((rule) => ({ label: 'missing', text: formatRule(rule) })),
    hints: [adminNote, handOverNote, ...liftingHints(denial.user, written)],
  };
}

/** Returns the command that allows a binding. Verb `escalate`, which a role needs, would allow its writer everything. */
function liftingHints(user: string, { object }: DeniedWrite): readonly string[] {
  if (user === '' || !object || !('roleRef' in object)) return [];
  const roleName = object.roleRef.name;
  const rule = { verbs: 'bind', resources: ['clusterroles'], resourceName: roleName };
  return [
    `or get the bind permission for this role only: ${createCommands(user, `bind-${roleName}`, rule)}`,
  ];
}

export function remedyForAdmission(denial: AdmissionDenial, { kind, object }: DeniedWrite): Remedy {
  const rules = object && !('roleRef' in object) ? (object.rules ?? []) : [];
  return {
    details: [
      `${formatAdmissionDenial(denial)} denied this ${kind}, not RBAC: you lack no permission`,
      ...(denial.name.startsWith('aks-managed-')
        ? ['It is a policy of AKS: no grant of nodes/proxy is possible in this cluster.']
        : []),
    ],
    hints: [
      admissionCommand(denial),
      covers(rules, [runsCommands])
        ? `a role without nodes/proxy may pass, such as profile ${callerProfiles.join(', ')}: kubectl kubeletaccess grant --profile readonly --subject user:NAME`
        : [],
      'or ask the owner of the policy for an exception',
    ].flat(),
  };
}

export function remedyForDenial(denial: ApiServerDenial): Remedy {
  const { user, verb, resource, apiGroup, name } = denial;
  const granted = { verbs: verb, resources: [resource], resourceName: name };
  const resourceNames = name === undefined ? {} : { resourceNames: [name] };
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs: [verb], ...resourceNames };
  const prefix = [verb, resource, ...(name === undefined ? [] : [name])].join('-');
  return {
    details: { missing: `${formatRule(rule)} for user "${user}"` },
    hints: [adminNote, `or get the missing permission: ${createCommands(user, prefix, granted)}`],
  };
}
