import type { ClusterRole, ClusterRoleBinding } from '../objects.ts';
import { recordOf, recordsOf } from './records.ts';

const managedBy = 'app.kubernetes.io/managed-by';
const manager = 'kubectl-kubeletaccess';

/** The labels of an object that this program created. */
export function ownLabels(): Record<string, string> {
  return { [managedBy]: manager };
}

/**
 * Whether this program created the object, and may therefore delete it. Without the label, the profile in its record
 * shows it; a binding has that also where grant added a subject to another's, so that all its subjects must be recorded.
 */
export function isOurs(object: ClusterRole | ClusterRoleBinding): boolean {
  const label = object.metadata?.labels?.[managedBy];
  if (label !== undefined) return label === manager;
  const records = recordsOf(object);
  if (records.profiles.length === 0) return false;
  if (!('roleRef' in object)) return true;
  // A binding of another name is not ours, even if grant added all of its subjects.
  if (!ownName.test(object.metadata?.name ?? '')) return false;
  return (
    records.subjects.length > 0 &&
    (object.subjects ?? []).every((each) => recordOf(records, each) !== undefined)
  );
}

/** Names that grant gives to bindings without --binding-name: see pairNames. */
const ownName = /^(?:kubeletaccess:|system:kube-apiserver$)/;

/** The other tool that manages an object, and would undo a change; undefined if none is known. */
export function otherManager(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata ?? {};
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name} (owner reference)`;
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) return `Helm release ${release}`;
  for (const [key, name] of otherManagers)
    if (labels[key] !== undefined || annotations[key] !== undefined) return name;
  const other = labels[managedBy];
  return other === undefined || other === manager ? undefined : `${other} (${managedBy})`;
}

/**
 * The client that created an object, by its field manager: `kubectl-create`, `prometheus-operator`. Undefined if unknown: of several
 * clients, only one that has not written since can be told by the time.
 */
export function creatorOf({ metadata }: ClusterRole | ClusterRoleBinding): string | undefined {
  const { managedFields, creationTimestamp } = metadata;
  const entries = (Array.isArray(managedFields) ? managedFields : []) as readonly unknown[];
  const writers = entries.flatMap((entry) => {
    const { manager: name, time } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    return typeof name === 'string' && name !== '' ? [{ name, time }] : [];
  });
  const first = writers.filter(({ time }) => time === creationTimestamp);
  const [creator, ...others] = first.length > 0 ? first : writers;
  return creator && others.length === 0 && creator.name !== manager ? creator.name : undefined;
}

const otherManagers = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux (kustomize-controller)'],
  ['helm.toolkit.fluxcd.io/name', 'Flux (helm-controller)'],
  ['rbac-manager', 'rbac-manager'],
  ['olm.owner', 'Operator Lifecycle Manager'],
] as const;
