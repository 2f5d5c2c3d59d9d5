import type { RbacSubject } from '../objects.ts';
import { isProfileName, type ProfileName, profileOf } from './profiles.ts';
import { formatSubject } from './subject.ts';

export interface PairNames {
  readonly role: string;
  readonly binding: string;
}

/** The names of the role and binding for kube-apiserver in Kubernetes the Hard Way. */
export const knownNames: PairNames = {
  role: 'system:kube-apiserver-to-kubelet',
  binding: 'system:kube-apiserver',
};

/**
 * Since 1.33.12, kubeadm binds system:kubelet-api-admin to this user. The binding has a name of kubeadm's own (kubernetes#138957).
 */
export const kubeadmClient = {
  userName: 'kube-apiserver-kubelet-client',
  binding: 'kubeadm:apiserver-kubelet-client',
} as const;

const prefix = 'kubeletaccess';

/**
 * Returns the names of the role and binding of a grant. All subjects share the role of a profile and its nodes, but each has its own
 * binding. `isClient` tells whether the subject is, or may be, the kubelet client of kube-apiserver.
 */
export function namesOf(
  profile: ProfileName,
  nodes: readonly string[],
  subject: RbacSubject,
  isClient: boolean,
): PairNames {
  const isWhole = nodes.length === 0;
  const isKnown = isClient && isWhole && (profile === 'apiserver' || profile === 'apiserver-full');
  const role = isKnown ? knownNames.role : roleNameOf(profile, nodes);
  return { role, binding: bindingNameOf(role, subject) };
}

export function roleNameOf(profile: ProfileName, nodes: readonly string[]): string {
  return (
    profileOf(profile).ownRole ?? writable([`${prefix}:${profile}`, ...nodesPart(nodes)].join('@'))
  );
}

/** Returns the name that `grant` chooses for the binding of a subject to a role. */
export function bindingNameOf(roleName: string, subject: RbacSubject): string {
  if (roleName === knownNames.role) return knownNames.binding;
  if (roleName !== profileOf('builtin').ownRole)
    return writable(`${roleName}:${formatSubject(subject)}`);
  return isKubeadmClient(subject)
    ? kubeadmClient.binding
    : writable(`${prefix}:builtin:${formatSubject(subject)}`);
}

/** Returns the profile of a role that `grant` binds; undefined for another role. */
export function profileOfRoleName(roleName: string): ProfileName | undefined {
  if (roleName === knownNames.role) return 'apiserver';
  if (roleName === profileOf('builtin').ownRole) return 'builtin';
  const [start, profile = ''] = roleName.split(/[:@]/);
  return start === prefix && isProfileName(profile) ? profile : undefined;
}

/** Whether installers make bindings of this name for kube-apiserver. These have no subject in their names. */
export function isKnownBinding(name: string): boolean {
  return name === knownNames.binding || name === kubeadmClient.binding;
}

function isKubeadmClient({ kind, name }: RbacSubject): boolean {
  return kind === 'User' && name === kubeadmClient.userName;
}

/** Returns the profile that `grant` gives kube-apiserver's user, unless it is asked for another one. */
export function usualProfile(client: RbacSubject | undefined): ProfileName {
  return client && isKubeadmClient(client) ? 'builtin' : 'apiserver';
}

/** Returns the node's name, or the number of several nodes with a hash. No node has an `@` or `+` in its name. */
function nodesPart(nodes: readonly string[]): readonly string[] {
  const names = [...new Set(nodes)].sort();
  return names.length < 2 ? names : [`${names.length}-nodes+${hash(names.join(','))}`];
}

/**
 * Replaces slashes and percent signs, because RBAC does not accept them in names, and shortens long names. A changed name gets a hash, and so
 * does a name that looks as if it had one, so that each name is of one grant.
 */
function writable(name: string): string {
  // Cuts the name between code points, because half of a surrogate pair cannot be sent.
  const plain = [...name.replaceAll(/[/%]/g, '-')].slice(0, 200).join('');
  const isPlain = plain === name && !/-[0-9a-f]{8}$/.test(name);
  return isPlain ? name : `${plain}-${hash(name)}`;
}

/** Computes the 32-bit FNV-1a hash of a text. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}
