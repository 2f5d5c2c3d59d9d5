import { foundIn } from '../../../known.ts';
import { formatSubject } from '../../../rbac/subject.ts';
import type { Facts } from '../facts.ts';
import { bindingState, type ObjectState, roleState } from './drift.ts';

/** An object of the pair and its state. drifted: it exists and lacks something. unknown: it could not be read. */
export type NamedState = Omit<ObjectState, 'state'> & {
  readonly name: string;
  readonly state: ObjectState['state'] | 'unknown';
};

/** The ClusterRole and the ClusterRoleBinding that gives it. */
export interface PairReport {
  /** The name of the profile that was checked. */
  readonly profile: string;
  /** `user:Kubernetes`; empty if unknown. */
  readonly subject: string;
  readonly clusterRole: NamedState;
  readonly clusterRoleBinding: NamedState;
  /** Other bindings that allow the subject the same; the empty name is the group system:masters. */
  readonly alsoBy: readonly string[];
}

export function pairOf({ pair, wanted, clientRights, now }: Facts): PairReport {
  const { profile, names, subject } = wanted;
  const unknown = { state: 'unknown', lacks: [] } as const;
  const bindings = clientRights.map(({ review }) => {
    const reviewed = foundIn(review);
    return reviewed?.allowed ? reviewed.binding : names.binding;
  });
  return {
    profile: profile.name,
    subject: subject ? formatSubject(subject) : '',
    clusterRole: { name: names.role, ...(pair ? roleState(pair, profile) : unknown) },
    clusterRoleBinding: {
      name: names.binding,
      ...(pair ? bindingState(pair, names, subject, now) : unknown),
    },
    // Bindings that grant only part of it are no other way to have it.
    alsoBy: bindings.includes(names.binding) ? [] : [...new Set(bindings)],
  };
}

export function isIntact({ clusterRole, clusterRoleBinding }: PairReport): boolean {
  return clusterRole.state === 'present' && clusterRoleBinding.state === 'present';
}
