import * as v from '@badrap/valita';
import { Failure } from '../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../objects.ts';
import type { PairKind } from './change.ts';
import { isKnownBinding, knownNames } from './names.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';

/** Label of objects that kube-apiserver itself creates. */
export const bootstrappingKey = 'kubernetes.io/bootstrapping';

/** Returns the labels of objects that `grant` creates. */
export function ownLabels(): Record<string, string> {
  return { [managedBy]: manager };
}

/** Whether this program created the object, and so may delete it. */
export function isOurs({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.labels?.[managedBy] === manager;
}

const builtInNames = /^(?:system:|(?:cluster-admin|admin|edit|view)$)/;

/**
 * Returns the tool that manages an object, such as Helm. For built-in objects, this is kube-apiserver, except for the ClusterRole and
 * ClusterRoleBinding of the kubelet client.
 */
export function managerOf(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const tool = otherManager(object);
  const { name, labels } = object.metadata;
  // A copy of a built-in role has the same label, but another name.
  const isBuiltIn = labels?.[bootstrappingKey] !== undefined && builtInNames.test(name);
  if (tool !== undefined || !isBuiltIn || isOurs(object)) return tool;
  return name === knownNames.role || isKnownBinding(name)
    ? undefined
    : 'kube-apiserver itself (kubernetes.io/bootstrapping)';
}

/** Returns the tool that manages an object and would undo changes by this program; undefined if no such tool is known. */
export function otherManager(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata;
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name} (owner reference)`;
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  for (const [key, name, only] of otherManagers) {
    const value = labels[key] ?? annotations[key];
    if (value !== undefined && (only === undefined || value === only)) return name;
  }
  const other = labels[managedBy];
  if (other !== undefined && other !== manager) return `${other} (${managedBy})`;
  const writer = writersOf(object).find((each) => otherWriters.has(each.name));
  return writer && otherWriters.get(writer.name);
}

/** Throws if another tool manages an object, and --force is not set. */
export function checkManager(
  kind: PairKind,
  object: ClusterRole | ClusterRoleBinding,
  force: boolean,
  details: readonly string[] = [],
): void {
  const manager = managerOf(object);
  if (manager === undefined || force) return;
  throw new Failure(
    `${kind} ${object.metadata.name} is managed by ${manager} and would be changed`,
    { details, hints: ['change it there, or re-run with --force to override'] },
  );
}

const writers = v.array(v.object({ manager: v.string().optional(), time: v.string().optional() }));

interface Writer {
  readonly name: string;
  readonly time: string | undefined;
}

/** Returns the clients that wrote an object, according to its managedFields. Empty if managedFields is malformed. */
function writersOf({ metadata }: ClusterRole | ClusterRoleBinding): readonly Writer[] {
  const read = writers.try(metadata.managedFields, { mode: 'strip' });
  if (!read.ok) return [];
  return read.value.flatMap(({ manager: name, time }) => (name ? [{ name, time }] : []));
}

/**
 * Returns the field manager of the client that created an object, such as `kubectl-create`; undefined if unknown. Of several
 * clients, the creator is the only one whose last write has the creation time.
 */
export function creatorOf(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const writers = writersOf(object);
  const first = writers.filter(({ time }) => time === object.metadata.creationTimestamp);
  const [creator, ...others] = first.length > 0 ? first : writers;
  return creator && others.length === 0 && creator.name !== manager ? creator.name : undefined;
}

/**
 * Labels and annotations by which other tools mark their objects. If `only` is set, the label or annotation must have this value.
 */
const otherManagers: readonly (readonly [key: string, name: string, only?: string])[] = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux (kustomize-controller)'],
  ['helm.toolkit.fluxcd.io/name', 'Flux (helm-controller)'],
  ['rbac-manager', 'rbac-manager'],
  ['olm.owner', 'Operator Lifecycle Manager'],
  ['addonmanager.kubernetes.io/mode', 'the add-on manager', 'Reconcile'],
  ['objectset.rio.cattle.io/hash', 'k3s, RKE2 or Rancher (objectset.rio.cattle.io)'],
  ['kapp.k14s.io/app', 'kapp'],
  ['config.k8s.io/owning-inventory', 'kpt or Config Sync'],
];

/**
 * Field managers of other tools. They are needed for Argo CD, because charts also set the only label that Argo CD sets by default.
 */
const otherWriters: ReadonlyMap<string, string> = new Map([
  ['argocd-controller', 'Argo CD'],
  ['argocd-application-controller', 'Argo CD'],
  ['kustomize-controller', 'Flux (kustomize-controller)'],
  ['helm-controller', 'Flux (helm-controller)'],
]);
