import * as v from '@badrap/valita';
import { type ClusterRole, type ClusterRoleBinding, rbacSubject } from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { annotate } from './rbac-objects.ts';

/** The annotation of a role with the bindings to it that are deleted right now to be created again, by name, as JSON. */
export const recreationKey = 'kubeletaccess/recreating';

const texts = v.record(v.string()).optional();
const recordType = v.record(
  v.object({ at: v.string(), subjects: v.array(rbacSubject), labels: texts, annotations: texts }),
);

/** A binding that is deleted to be created again: what is killed in between leaves only this. */
export interface Recreation {
  /** When it began, in ISO 8601. */
  readonly at: string;
  /** As it is to be created. */
  readonly binding: ClusterRoleBinding;
}

export type Recreations = ReadonlyMap<string, Recreation>;

/** By the name of the binding. One that cannot be parsed is not taken for none. */
export function recreationsOf(role: ClusterRole | undefined): Recreations | 'unreadable' {
  const text = role?.metadata.annotations?.[recreationKey];
  if (!role || text === undefined) return new Map();
  const record = parseChecked(recordType, text, { whole: true });
  if (!record) return 'unreadable';
  const roleRef = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: role.metadata.name,
  };
  return new Map(
    Object.entries(record).map(([name, { at, subjects, ...marks }]) => [
      name,
      { at, binding: { metadata: { name, ...marks }, roleRef, subjects } },
    ]),
  );
}

/** With a record of this binding, beside others. */
export function withRecreation(
  role: ClusterRole,
  recreations: Recreations,
  recreation: Recreation,
): ClusterRole {
  const { name } = recreation.binding.metadata;
  return withRecreations(role, new Map([...recreations, [name, recreation]]));
}

/** Without a record of the binding of this name; the same role if it has none, or none that can be parsed. */
export function withoutRecreation(role: ClusterRole, name: string): ClusterRole {
  const recreations = recreationsOf(role);
  if (recreations === 'unreadable' || !recreations.has(name)) return role;
  return withRecreations(role, new Map([...recreations].filter(([other]) => other !== name)));
}

function withRecreations(role: ClusterRole, recreations: Recreations): ClusterRole {
  const record = [...recreations].map(([name, { at, binding }]) => {
    const { labels, annotations } = binding.metadata;
    return [name, { at, subjects: binding.subjects ?? [], labels, annotations }] as const;
  });
  const text = record.length > 0 ? JSON.stringify(Object.fromEntries(record)) : undefined;
  return annotate(role, { [recreationKey]: text });
}
