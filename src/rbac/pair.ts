import { kubeadmClient } from '../kubelet/flavours.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { bootstrappingKey, ownLabels } from './annotations.ts';
import { bindingAnnotations, roleAnnotations } from './grant-record.ts';
import type { Profile } from './profiles.ts';
import { formatSubject } from './subject.ts';

export interface Pair {
  readonly subject: RbacSubject;
  readonly names: PairNames;
  /** The role to write; undefined if the cluster already has the role, so that only the binding is written. */
  readonly role: ClusterRole | undefined;
  readonly binding: ClusterRoleBinding;
}

export interface PairNames {
  readonly role: string;
  readonly binding: string;
}

export interface FoundPair {
  readonly role?: ClusterRole | undefined;
  readonly binding?: ClusterRoleBinding | undefined;
}

/** The names of the role and binding for kube-apiserver in Kubernetes the Hard Way. */
export const knownNames: PairNames = {
  role: 'system:kube-apiserver-to-kubelet',
  binding: 'system:kube-apiserver',
};

/**
 * Returns the names of the role and binding. Subjects other than kube-apiserver share the role of a profile, but each has its own
 * binding, so that an expiry affects only one subject.
 */
export function pairNames(
  profile: Profile,
  subject: RbacSubject,
  nodes: readonly string[],
  mayBeApiServer: boolean,
): PairNames {
  const { name, ownRole } = profile;
  if (mayBeApiServer && nodes.length === 0 && (name === 'apiserver' || name === 'apiserver-full'))
    return knownNames;
  const role = ownRole ?? objectName(`kubeletaccess:${name}`, nodes);
  if (isKubeadmClient(subject) && name === 'builtin')
    return { role, binding: kubeadmClient.binding };
  return { role, binding: objectName(`kubeletaccess:${name}`, nodes, formatSubject(subject)) };
}

export function isKubeadmClient({ kind, name }: RbacSubject): boolean {
  return kind === 'User' && name === kubeadmClient.userName;
}

/**
 * Joins the parts of a name. Replaces slashes and percent signs, because RBAC does not accept them. A name that was changed or
 * shortened gets a fingerprint, so that it stays unique.
 */
function objectName(prefix: string, nodes: readonly string[], ...rest: readonly string[]): string {
  const whole = [prefix, ...[...new Set(nodes)].sort(), ...rest].join(':');
  // Cuts the name between code points, because half of a surrogate pair cannot be sent.
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
  // Adds the label that this role usually has, although the label affects only roles that kube-apiserver creates.
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
