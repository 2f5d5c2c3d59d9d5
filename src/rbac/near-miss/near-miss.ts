import { knownNames } from '../pair.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import { appliesTo, type Identity, identityOf, subjectOf, subjectPhrase } from '../subject.ts';
import { bindingMisses, type NearBinding, roleBindingMisses } from './binding.ts';
import { grantCommand } from './fix-command.ts';
import {
  allowsOn,
  closeMismatches,
  farMismatches,
  gives,
  type WantedPermission,
} from './rule-mismatch.ts';

/** A permission on a kubelet that an identity was denied. */
export interface DeniedPermission extends Pick<WantedPermission, 'verb' | 'subresources'> {
  /** As the kubelet or the API server named it. */
  readonly user: string;
  /** If known. */
  readonly groups?: readonly string[];
  /** The nodes where it was denied; empty if unknown. */
  readonly nodes: readonly string[];
}

/** An RBAC object that nearly grants the permission, and why it does not. */
export type NearMiss = Pick<NearBinding, 'object' | 'why' | 'command'>;

/** The most likely cause first. */
const order: readonly NearBinding['kind'][] = [
  'spelling',
  'kind',
  'namespace',
  ...closeMismatches,
  'absent',
  'aggregation',
  ...farMismatches,
  'unbound',
];

const most = 10;

/**
 * The RBAC objects that nearly grant a permission, and why they do not: at most ten, the most likely cause first. None if
 * RBAC grants it, and none for nodes where it does. The texts contain names from the cluster: they are quoted, but control
 * characters in them are not escaped yet.
 */
export function nearMisses(denied: DeniedPermission, objects: RbacObjects): readonly NearMiss[] {
  const who = identityOf(denied.user, denied.groups);
  const { clusterRoleBindings, roleBindings } = objects;
  const held = clusterRoleBindings
    .filter(({ subjects }) => subjects?.some((subject) => appliesTo(subject, who)))
    .flatMap((binding) => boundRole(binding, objects)?.rules ?? []);
  const { verb, subresources } = denied;
  const nodes = (denied.nodes.length > 0 ? denied.nodes : [undefined]).filter(
    (name) => !allowsOn(held, denied, name),
  );
  if (nodes.length === 0 || subresources.length === 0 || who.groups.includes('system:masters'))
    return [];
  const wanted: WantedPermission = { verb, subresources, nodes };
  const found = [
    ...clusterRoleBindings.flatMap((binding) => bindingMisses(binding, who, wanted, objects)),
    ...roleBindings.flatMap((binding) => roleBindingMisses(binding, who, wanted, objects)),
  ];
  const roles = new Set(found.map(({ role }) => role));
  const all = [
    ...found,
    ...unboundMisses(who, wanted, objects).filter(({ role }) => !roles.has(role)),
  ];
  return firstOfEach(all.sort(byLikelihood)).slice(0, most);
}

function byLikelihood(a: NearBinding, b: NearBinding): number {
  return (
    order.indexOf(a.kind) - order.indexOf(b.kind) ||
    compare(a.object, b.object) ||
    compare(a.why, b.why)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** One for each object, without what only this file needs. */
function firstOfEach(found: readonly NearBinding[]): readonly NearMiss[] {
  const byObject = new Map<string, NearMiss>();
  for (const { object, why, command } of found)
    if (!byObject.has(object))
      byObject.set(object, { object, why, ...(command !== undefined && { command }) });
  return [...byObject.values()];
}

/** The roles for kube-apiserver that allow it; the identity must be known not to have it through either. */
function unboundMisses(
  who: Identity,
  wanted: WantedPermission,
  objects: RbacObjects,
): readonly NearBinding[] {
  const subject = subjectPhrase(subjectOf(who.user));
  return [knownNames.role, 'system:kubelet-api-admin'].flatMap((name) => {
    const role = objects.clusterRoles.find((each) => nameOf(each) === name);
    if (!role || !gives(role.rules ?? [], wanted)) return [];
    const isKnownPair = objects.clusterRoleBindings.some(
      (binding) => nameOf(binding) === knownNames.binding && boundRole(binding, objects) === role,
    );
    const [object, why] = isKnownPair
      ? [
          `ClusterRoleBinding ${knownNames.binding}`,
          `It refers to ClusterRole ${name}, which has the permission, but ${subject} is not among its subjects.`,
        ]
      : [
          `ClusterRole ${name}`,
          `It has the permission, but no ClusterRoleBinding grants it to ${subject}.`,
        ];
    const command = grantCommand(who.user, name, wanted);
    return [{ kind: 'unbound', role: name, object, why, command }];
  });
}
