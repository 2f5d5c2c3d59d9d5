import type { Store, StoredObject } from './store.ts';

export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Attributes {
  readonly verb: string;
  readonly apiGroup: string;
  /** Resource, with its subresource if it has one, such as `nodes/proxy`. */
  readonly resource: string;
  /** Empty for a request on all objects. */
  readonly name: string;
}

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A decision. RBAC gives a reason if it allows a request. An authorizer before RBAC gives a reason if it denies one. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reason?: string;
}

/** Decides before RBAC. Returns the reason of a denial; undefined to let RBAC decide. */
export type FirstAuthorizer = (who: Identity, attributes: Attributes) => string | undefined;

/**
 * Evaluates RBAC for cluster-wide requests as kube-apiserver does. Shares no code with the evaluation in src, so that each tests the
 * other.
 */
export class Authorizer {
  private readonly store: Store;
  private readonly first: FirstAuthorizer | undefined;

  constructor(store: Store, first?: FirstAuthorizer) {
    this.store = store;
    this.first = first;
  }

  authorize(who: Identity, attributes: Attributes): Verdict {
    if (who.groups.includes('system:masters')) return { allowed: true, reason: '' };
    const reason = this.first?.(who, attributes);
    if (reason !== undefined) return { allowed: false, reason };
    for (const binding of this.store.list('clusterrolebindings')) {
      const subject = subjectsOf(binding).find((candidate) => appliesTo(candidate, who));
      const { name } = binding['roleRef'] as { name: string };
      if (!subject || !this.rulesOf(name).some((rule) => ruleAllows(rule, attributes))) continue;
      const reason = `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${name}" to ${subject.kind} "${subject.name}"`;
      return { allowed: true, reason };
    }
    return { allowed: false };
  }

  /** Returns no rules for a ClusterRole that does not exist. */
  rulesOf(name: string): readonly Rule[] {
    return (this.store.get('clusterroles', name)?.['rules'] ?? []) as Rule[];
  }
}

function subjectsOf(binding: StoredObject): readonly Subject[] {
  return (binding['subjects'] ?? []) as Subject[];
}

function appliesTo(subject: Subject, who: Identity): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === who.user;
    case 'Group':
      return who.groups.includes(subject.name);
    case 'ServiceAccount':
      return who.user === `system:serviceaccount:${subject.namespace}:${subject.name}`;
    default:
      return false;
  }
}

function ruleAllows(rule: Rule, wanted: Attributes): boolean {
  const verb = rule.verbs.some((candidate) => candidate === '*' || candidate === wanted.verb);
  const group = (rule.apiGroups ?? []).some(
    (candidate) => candidate === '*' || candidate === wanted.apiGroup,
  );
  const resource = (rule.resources ?? []).some((candidate) => {
    if (candidate === '*' || candidate === wanted.resource) return true;
    const [parent, subresource] = candidate.split('/');
    return (
      parent === '*' && subresource !== undefined && wanted.resource.split('/')[1] === subresource
    );
  });
  const names = rule.resourceNames ?? [];
  return verb && group && resource && (names.length === 0 || names.includes(wanted.name));
}
