import * as v from '@badrap/valita';
import { type ClusterRole, type PolicyRule, policyRule } from '../../objects.ts';
import { ruleKey } from '../../rbac/permission.ts';
import { annotate } from '../../rbac/rbac-objects.ts';
import { parseChecked } from '../../schema.ts';

export const narrowedKey = 'kubeletaccess/narrowed';

const version = 1;
const rules = v.array(policyRule);
const recordType = v.object({
  version: v.literal(version),
  before: rules,
  wrote: rules,
  at: v.string(),
});

export interface NarrowRecord {
  /** The rules of the role before `narrow` first changed it. */
  readonly before: readonly PolicyRule[];
  /** The rules that `narrow` wrote last. If the role has other rules now, somebody changed it since. */
  readonly wrote: readonly PolicyRule[];
  /** Time of the last write by `narrow`, in ISO 8601. */
  readonly at: string;
}

/** Undefined without the annotation. A record with another version is unreadable. */
export function narrowRecordOf({ metadata }: ClusterRole): NarrowRecord | 'unreadable' | undefined {
  const text = metadata.annotations?.[narrowedKey];
  if (text === undefined) return undefined;
  return parseChecked(recordType, text, { whole: true }) ?? 'unreadable';
}

export function withNarrowRecord(
  role: ClusterRole,
  { before, wrote, at }: NarrowRecord,
): ClusterRole {
  const text = JSON.stringify({ version, before, wrote, at });
  return { ...annotate(role, { [narrowedKey]: text }), rules: [...wrote] };
}

export function withoutNarrowRecord(role: ClusterRole, { before }: NarrowRecord): ClusterRole {
  return { ...annotate(role, { [narrowedKey]: undefined }), rules: [...before] };
}

/** Whether two lists contain the same rules in the same form. */
export function sameRules(a: readonly PolicyRule[], b: readonly PolicyRule[]): boolean {
  return JSON.stringify(a.map(ruleKey)) === JSON.stringify(b.map(ruleKey));
}
