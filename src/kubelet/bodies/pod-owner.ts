import type { Pod } from './pods.ts';

/**
 * Who keeps a pod, such as Deployment/web, StatefulSet/db, or the pod itself. A Deployment names its ReplicaSets by itself and the
 * hash of the template, which their pods have as a label.
 */
export function podOwner({ metadata }: Pod): string {
  const { name, labels, ownerReferences } = metadata;
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return `Pod/${name}`;
  const hash = labels?.['pod-template-hash'];
  const isOfDeployment =
    owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return isOfDeployment
    ? `Deployment/${owner.name.slice(0, -hash.length - 1)}`
    : `${owner.kind}/${owner.name}`;
}
