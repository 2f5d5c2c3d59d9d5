import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding } from '../objects.ts';
import { grantRecordOf, recordedProfiles, subjectRecordOf } from './grant-record.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';

/** Label of objects that kube-apiserver itself creates. */
export const bootstrappingKey = 'kubernetes.io/bootstrapping';

export function ownLabels(): Record<string, string> {
  return { [managedBy]: manager };
}

/**
 * Whether this program created the object, and so may delete it. The label decides. An object without the label must have a
 * recorded profile. Bindings of other tools may have a recorded profile, too, but these also have subjects that `grant` did not
 * add.
 */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  const label = object.metadata.labels?.[managedBy];
  if (label !== undefined) return label === manager;
  if (recordedProfiles(object).length === 0) return false;
  if (!('roleRef' in object)) return true;
  // The binding is not from `grant` if its name is not one that `grant` chooses.
  if (!ownName.test(object.metadata.name)) return false;
  return (
    grantRecordOf(object).subjects.size > 0 &&
    (object.subjects ?? []).every((each) => subjectRecordOf(object, each) !== undefined)
  );
}

/** Names that `grant` chooses for bindings if --binding-name is not set; see pairNames. */
const ownName = /^(?:kubeletaccess:|system:kube-apiserver$)/;

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
