import { kubeadmClient } from '../kubelet/flavours.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { bootstrappingKey, ownLabels } from './annotations.ts';
import { bindingAnnotations, roleAnnotations } from './grant-record.ts';
import type { Profile } from './profiles.ts';
import { formatSubject } from './subject.ts';

/** One ClusterRole and the ClusterRoleBinding that gives it to a subject. */
export interface Pair {
  readonly subject: RbacSubject;
  readonly names: PairNames;
  /** The role to write; undefined for the cluster's own role, which is only bound. */
  readonly role: ClusterRole | undefined;
  readonly binding: ClusterRoleBinding;
}

export interface PairNames {
  readonly role: string;
  readonly binding: string;
}

/** The objects of a pair that exist. */
export interface FoundPair {
  readonly role?: ClusterRole | undefined;
  readonly binding?: ClusterRoleBinding | undefined;
}

/** The names of the pair for kube-apiserver, as in Kubernetes the Hard Way. */
export const knownNames: PairNames = {
  role: 'system:kube-apiserver-to-kubelet',
  binding: 'system:kube-apiserver',
};

/**
 * Returns the names of a pair. `known` says that the subject is, or may be, the kubelet client. All other subjects share the role of a
 * profile, but each has its own binding, so that an expiry concerns only one subject.
 */
export function pairNames(
  profile: Profile,
  subject: RbacSubject,
  nodes: readonly string[],
  known: boolean,
): PairNames {
  const { name, ownRole } = profile;
  if (known && nodes.length === 0 && (name === 'apiserver' || name === 'apiserver-full'))
    return knownNames;
  const role = ownRole ?? objectName(`kubeletaccess:${name}`, nodes);
  if (isKubeadmClient(subject) && name === 'builtin')
    return { role, binding: kubeadmClient.binding };
  return { role, binding: objectName(`kubeletaccess:${name}`, nodes, formatSubject(subject)) };
}

export function isKubeadmClient({ kind, name }: RbacSubject): boolean {
  return kind === 'User' && name === kubeadmClient.userName;
}

/** Joins the parts of a name. RBAC accepts no slash or percent sign; a name that is changed or shortened gets a fingerprint. */
function objectName(prefix: string, nodes: readonly string[], ...rest: readonly string[]): string {
  const whole = [prefix, ...[...new Set(nodes)].sort(), ...rest].join(':');
  // The name is cut between code points: half of a surrogate pair cannot be sent.
  const plain = [...whole.replaceAll(/[/%]/g, '-')].slice(0, 200).join('');
  return plain === whole ? whole : `${plain}-${fingerprint(whole)}`;
}

export function invalidNameReason(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (name === '.' || name === '..') return 'must not be "." or ".."';
  return /[/%]/.test(name) ? 'must not contain "/" or "%"' : undefined;
}

/** Computes the 32-bit FNV-1a hash of a text. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

export function pairOf(
  profile: Profile,
  subject: RbacSubject,
  names: PairNames,
  expires?: string,
): Pair {
  const profiles = [profile.name];
  // The label has no effect on a role that kube-apiserver does not create, but it is part of the usual pair.
  const bootstrap = names.role === knownNames.role;
  return {
    subject,
    names,
    role:
      profile.ownRole === names.role
        ? undefined
        : {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            metadata: {
              name: names.role,
              labels: {
                ...(bootstrap && { [bootstrappingKey]: 'rbac-defaults' }),
                ...ownLabels(),
              },
              annotations: {
                ...(bootstrap && { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }),
                ...roleAnnotations(profiles),
              },
            },
            rules: profile.rules.map((rule) => ({ ...rule })),
          },
    binding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: {
        name: names.binding,
        labels: ownLabels(),
        annotations: bindingAnnotations([{ subject, profiles, expires }]),
      },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: names.role },
      subjects: [subject],
    },
  };
}
