import * as v from '@badrap/valita';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { isOurs, managerOf } from './annotations.ts';
import { profileOf } from './profiles.ts';
import { annotate } from './rbac-objects.ts';
import { covers, formatRule } from './rules.ts';
import { hasSubject, subjectKey } from './subject.ts';

/**
 * kube-apiserver's own role and binding. They are the only objects of others that `grant` changes: it adds what is missing, and records in
 * this annotation the texts of the rules or subjects that it added. `revoke` takes out exactly these.
 */
const addedKey = 'kubeletaccess/added';

type PairObject = ClusterRole | ClusterRoleBinding;

/** Returns the texts in the record of an object. Empty without a record, and for a record that cannot be parsed. */
function recordOf({ metadata }: PairObject): readonly string[] {
  return parseChecked(v.array(v.string()), metadata.annotations?.[addedKey] ?? '') ?? [];
}

function withRecord<T extends PairObject>(object: T, texts: readonly string[]): T {
  const record = texts.length > 0 ? JSON.stringify([...new Set(texts)]) : undefined;
  return annotate(object, { [addedKey]: record });
}

/** Returns the subjects that `grant` added to a binding, as far as the binding still has them. */
export function addedSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  const record = recordOf(binding);
  return (binding.subjects ?? []).filter((each) => record.includes(subjectKey(each)));
}

/** Returns the binding with a record of the added subject. */
export function withAddedSubject(
  binding: ClusterRoleBinding,
  subject: RbacSubject,
): ClusterRoleBinding {
  return withRecord(binding, [...addedSubjects(binding), subject].map(subjectKey));
}

/** Returns the binding with a record of only those added subjects that it still has. */
export function withoutAddedSubjects(binding: ClusterRoleBinding): ClusterRoleBinding {
  return withRecord(binding, addedSubjects(binding).map(subjectKey));
}

/** Returns the rules that `grant` added to a role, as far as the role still has them, and a profile for kube-apiserver includes them. */
export function addedRules(role: ClusterRole): readonly PolicyRule[] {
  const record = recordOf(role);
  const most = profileOf('apiserver-full').rules;
  return (role.rules ?? []).filter(
    (rule) => record.includes(formatRule(rule)) && covers(most, [rule]),
  );
}

/** Whether a role has a record of added rules, even if somebody has removed these rules since. */
export function hasAddedRules({ metadata }: ClusterRole): boolean {
  return metadata.annotations?.[addedKey] !== undefined;
}

export function withAddedRules(role: ClusterRole, missing: readonly PolicyRule[]): ClusterRole {
  const texts = [...addedRules(role), ...missing].map(formatRule);
  return { ...withRecord(role, texts), rules: [...(role.rules ?? []), ...missing] };
}

export function withoutAddedRules(role: ClusterRole): ClusterRole {
  const added = addedRules(role);
  const rules = (role.rules ?? []).filter((rule) => !added.includes(rule));
  return { ...withRecord(role, []), rules };
}

/** Whether a role and its binding were created by hand, for this subject, exactly as `grant` creates them, and no tool manages them. */
export function isHandMade(
  role: ClusterRole | undefined,
  binding: ClusterRoleBinding,
  subject: RbacSubject,
): boolean {
  const { subjects = [] } = binding;
  if (!role || isOurs(role) || addedRules(role).length > 0) return false;
  if (subjects.length !== 1 || !hasSubject(subjects, subject)) return false;
  if (managerOf(binding) !== undefined || managerOf(role) !== undefined) return false;
  const has = role.rules ?? [];
  return (['apiserver', 'apiserver-full'] as const).some((profile) => {
    const wanted = profileOf(profile).rules;
    return covers(has, wanted) && covers(wanted, has);
  });
}
