import type { ApiServerRefusal } from './api-server-refusal.ts';
import type { Change } from './change.ts';
import { createCommands } from './create-commands.ts';
import type { EscalationRefusal } from './escalation.ts';
import { formatRule } from './rules.ts';

/** What was to be written when the API server refused. */
export type Written = Pick<Change, 'kind' | 'name' | 'action' | 'object'> & {
  /** The writer may not even read, and so cannot print the objects. */
  readonly unread?: boolean;
};

/** What the writer lacks, in RBAC words, and who or what helps. */
export interface WriteRemedy {
  readonly missing: readonly string[];
  readonly hints: readonly string[];
}

const adminNote =
  'a cluster-admin or a member of system:masters can do it: on a control plane of kubeadm by --kubeconfig /etc/kubernetes/admin.conf, or super-admin.conf since 1.29';
const handOverNote =
  'or hand it to one: the same command with --dry-run=client -o yaml prints what kubectl apply -f - takes';

/**
 * For a refusal to give away what the writer does not hold. Source:
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function remedyForEscalation(refusal: EscalationRefusal, written: Written): WriteRemedy {
  return {
    missing: refusal.missing.map(formatRule),
    hints: [
      adminNote,
      // What is deleted and made anew is nothing that kubectl apply could do.
      ...(written.unread || written.action === 'recreate' ? [] : [handOverNote]),
      ...liftingHints(refusal.user, written),
    ],
  };
}

/** The verb that lifts the check: for a role `escalate`, for a binding `bind`. Empty if nobody knows who the writer is. */
function liftingHints(user: string, written: Written): readonly string[] {
  const { object } = written;
  if (user === '' || !object) return [];
  if (!('roleRef' in object)) {
    // A create has no name to its request, so that `escalate` for a name does not count there.
    const resourceName = written.action === 'create' ? undefined : written.name;
    const right = { verbs: 'escalate', resources: ['clusterroles'], resourceName };
    return [
      `or let one give you escalate, by which a writer of roles can become anything: ${createCommands(user, 'escalate-clusterroles', right)}`,
    ];
  }
  const roleName = object.roleRef.name;
  const right = { verbs: 'bind', resources: ['clusterroles'], resourceName: roleName };
  return [
    `or let one give you bind, for this role alone: ${createCommands(user, `bind-${roleName}`, right)}`,
  ];
}

/** For a plain denial of a read or write of roles or bindings: the caller may not, whatever the object holds. */
export function remedyForDenial(refusal: ApiServerRefusal): WriteRemedy {
  const { user, verb, resource, apiGroup, name } = refusal;
  const right = { verbs: verb, resources: [resource], resourceName: name };
  const resourceNames = name === undefined ? {} : { resourceNames: [name] };
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs: [verb], ...resourceNames };
  const prefix = [verb, resource, ...(name === undefined ? [] : [name])].join('-');
  return {
    missing: [`${formatRule(rule)} for user "${user}"`],
    hints: [adminNote, `or can give you that: ${createCommands(user, prefix, right)}`],
  };
}
