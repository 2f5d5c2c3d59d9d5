import type { ClusterRoleBinding } from '../../objects.ts';
import { boundRole, type RbacObjects } from '../rbac-objects.ts';
import { appliesTo, type Identity, identityOf } from '../subject.ts';
import { bindingMisses, type Miss, roleBindingMisses } from './binding.ts';
import { allowsOn, closeFaults, farFaults, type Wanted } from './rule-mismatch.ts';
import { unboundMisses } from './unbound-role.ts';

/** A right on a kubelet that somebody was refused. */
export interface Refused {
  /** As the kubelet or the API server named it. */
  readonly user: string;
  /** If known. */
  readonly groups?: readonly string[];
  /** RBAC's, such as get or create; empty for what only `*` covers. */
  readonly verb: string;
  /** Any of them would do: `healthz`, `proxy`. */
  readonly subresources: readonly string[];
  /** The nodes where it was refused; empty if that is not known. */
  readonly nodes: readonly string[];
}

/** What is told of an RBAC object that looks as if it gave the right, and does not. */
export type NearMiss = Pick<Miss, 'object' | 'why' | 'command'>;

/** Most telling first. */
const order: readonly Miss['kind'][] = [
  'spelling',
  'kind',
  'namespace',
  ...closeFaults,
  'absent',
  'aggregation',
  ...farFaults,
  'unbound',
];

const most = 10;

/**
 * The RBAC objects that come close to giving a right, and why they do not give it: at most ten, the most telling first.
 * None if RBAC gives the right, and none for nodes where it does. The texts hold names from the cluster: they are quoted,
 * and still to be made harmless for a terminal.
 */
export function nearMisses(refused: Refused, objects: RbacObjects): readonly NearMiss[] {
  const who = identityOf(refused.user, refused.groups);
  const { clusterRoleBindings, roleBindings } = objects;
  const held = clusterRoleBindings.flatMap((binding) =>
    bindsTo(binding, who) ? (boundRole(binding, objects)?.rules ?? []) : [],
  );
  const { verb, subresources } = refused;
  const nodes = (refused.nodes.length > 0 ? refused.nodes : [undefined]).filter(
    (name) => !allowsOn(held, refused, name),
  );
  if (nodes.length === 0 || subresources.length === 0 || who.groups.includes('system:masters'))
    return [];
  const wanted: Wanted = { verb, subresources, nodes };
  const found = [
    ...clusterRoleBindings.flatMap((binding) => bindingMisses(binding, who, wanted, objects)),
    ...roleBindings.flatMap((binding) => roleBindingMisses(binding, who, wanted, objects)),
  ];
  const roles = new Set(found.map(({ role }) => role));
  const all = [
    ...found,
    ...unboundMisses(who, wanted, objects).filter(({ role }) => !roles.has(role)),
  ];
  return firstOfEach(all.sort(byTelling)).slice(0, most);
}

function byTelling(a: Miss, b: Miss): number {
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
function firstOfEach(found: readonly Miss[]): readonly NearMiss[] {
  const byObject = new Map<string, NearMiss>();
  for (const { object, why, command } of found)
    if (!byObject.has(object))
      byObject.set(object, { object, why, ...(command !== undefined && { command }) });
  return [...byObject.values()];
}

function bindsTo(binding: ClusterRoleBinding, who: Identity): boolean {
  return (binding.subjects ?? []).some((subject) => appliesTo(subject, who));
}
