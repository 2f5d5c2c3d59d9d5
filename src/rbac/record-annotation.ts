import * as v from '@badrap/valita';
import { Failure } from '../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { command } from '../text/command.ts';
import { nameOf } from './rbac-objects.ts';

export const narrowedKey = 'kubeletaccess/narrowed';

const version = 1;
/** Type of the field `version` in each record. A record with another version is unreadable. */
export const recordVersion = v.literal(version);

/** Parses the record in an annotation; undefined if the object does not have the annotation. */
export function parseRecord<T>(
  { metadata }: ClusterRole | ClusterRoleBinding,
  key: string,
  type: v.Type<T>,
): T | 'unreadable' | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  return parseChecked(type, text, { whole: true }) ?? 'unreadable';
}

export function recordText(record: object): string {
  return JSON.stringify({ version, ...record });
}

export function readOnce<O extends object, T>(read: (object: O) => T): (object: O) => T {
  const cache = new WeakMap<O, { readonly value: T }>();
  return (object) => {
    const cached = cache.get(object) ?? { value: read(object) };
    cache.set(object, cached);
    return cached.value;
  };
}

/** Returns the error for a record that cannot be parsed. `consequence` says what is unknown, or what a write would destroy. */
export function unreadableRecord(
  object: ClusterRole | ClusterRoleBinding,
  key: string,
  consequence: string,
): Failure {
  const kind = 'roleRef' in object ? 'ClusterRoleBinding' : 'ClusterRole';
  const name = nameOf(object);
  return new Failure(`cannot parse annotation ${key} of ${kind} ${name}, and ${consequence}`, {
    hints: [`remove it: ${removalOf(object, key)}`],
  });
}

/** Returns the command that removes the annotation of an object. */
export function removalOf(object: ClusterRole | ClusterRoleBinding, key: string): string {
  const kind = 'roleRef' in object ? 'clusterrolebinding' : 'clusterrole';
  return command`kubectl annotate ${kind} ${nameOf(object)} ${`${key}-`}`;
}
