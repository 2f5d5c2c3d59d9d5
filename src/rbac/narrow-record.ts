import * as v from '@badrap/valita';
import { type ClusterRole, type PolicyRule, policyRule } from '../objects.ts';
import { listed } from './permission.ts';
import { annotate } from './rbac-objects.ts';
import {
  narrowedKey,
  parseRecord,
  readOnce,
  recordText,
  recordVersion,
} from './record-annotation.ts';

const rules = v.array(policyRule);
const recordType = v.object({
  version: recordVersion,
  before: rules,
  wrote: rules,
  at: v.string(),
});

/** The record that narrow writes into a role. */
export interface NarrowRecord {
  /** The rules before the first change by narrow. */
  readonly before: readonly PolicyRule[];
  /** The rules that narrow wrote last: if the role has other rules, it was changed since. */
  readonly wrote: readonly PolicyRule[];
  /** Time of the last write, in ISO 8601. */
  readonly at: string;
}

/** Returns the record of a role; undefined if it has none. */
export const narrowRecordOf = readOnce((role: ClusterRole) =>
  parseRecord<NarrowRecord>(role, narrowedKey, recordType),
);

/** Returns the role with the new rules of the record, and with the record. */
export function withNarrowRecord(
  role: ClusterRole,
  { before, wrote, at }: NarrowRecord,
): ClusterRole {
  const text = recordText({ before, wrote, at });
  return { ...annotate(role, { [narrowedKey]: text }), rules: [...wrote] };
}

/** Returns the role with the rules before the first change by narrow, and without a record. */
export function withoutNarrowRecord(role: ClusterRole, { before }: NarrowRecord): ClusterRole {
  return { ...annotate(role, { [narrowedKey]: undefined }), rules: [...before] };
}

/** Whether two lists have the same rules in the same words. A missing list equals an empty one, which API servers leave out. */
export function sameRules(a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean {
  return JSON.stringify(a.map(listsOf)) === JSON.stringify(b.map(listsOf));
}

function listsOf(rule: PolicyRule): readonly (readonly string[])[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return [verbs, apiGroups, resources, resourceNames, nonResourceURLs].map(listed);
}
