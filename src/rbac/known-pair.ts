import * as v from '@badrap/valita';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  policyRule,
  type RbacSubject,
} from '../objects.ts';
import { parseChecked } from '../schema.ts';
import { isOurs, managerOf } from './annotations.ts';
import { ruleKey } from './permission.ts';
import { profileOf } from './profiles.ts';
import { annotate } from './rbac-objects.ts';
import { covers } from './rules.ts';
import { formatSubject, hasSubject, parseSubject } from './subject.ts';

/**
 * kube-apiserver's own role and binding. They are the only objects of others that `grant` changes: it adds what is missing, and records in
 * this annotation what it added. `revoke` takes out exactly this.
 */
const addedKey = 'kubeletaccess/added';

const subjectTexts = v.array(v.string());
const rules = v.array(policyRule);

/** Returns the subjects that `grant` added to a binding. Empty without a record, and for a record that cannot be parsed. */
export function addedSubjects({ metadata }: ClusterRoleBinding): readonly RbacSubject[] {
  const texts = parseChecked(subjectTexts, metadata.annotations?.[addedKey] ?? '') ?? [];
  return texts.flatMap((text) => parseSubject(text) ?? []);
}

export function withAddedSubject(
  binding: ClusterRoleBinding,
  subject: RbacSubject,
): ClusterRoleBinding {
  const added = addedSubjects(binding);
  return withRecord(binding, hasSubject(added, subject) ? added : [...added, subject]);
}

/** Removes subjects from the record of a binding. */
export function withoutAddedSubjects(
  binding: ClusterRoleBinding,
  leaving: readonly RbacSubject[],
): ClusterRoleBinding {
  const left = addedSubjects(binding).filter((each) => !hasSubject(leaving, each));
  return withRecord(binding, left);
}

function withRecord(
  binding: ClusterRoleBinding,
  added: readonly RbacSubject[],
): ClusterRoleBinding {
  const text = added.length > 0 ? JSON.stringify(added.map(formatSubject)) : undefined;
  return annotate(binding, { [addedKey]: text });
}

type Rules = NonNullable<ClusterRole['rules']>;

/** Returns the rules that `grant` added to a role, as far as the role still has them, and a profile for kube-apiserver includes them. */
export function addedRules({ metadata, rules: has = [] }: ClusterRole): Readonly<Rules> {
  const added = parseChecked(rules, metadata.annotations?.[addedKey] ?? '') ?? [];
  const texts = new Set(added.map(ruleKey));
  const most = profileOf('apiserver-full').rules;
  return (has ?? []).filter((rule) => texts.has(ruleKey(rule)) && covers(most, [rule]));
}

/** Whether a role has a record of added rules, even if somebody has removed these rules since. */
export function hasAddedRules({ metadata }: ClusterRole): boolean {
  return metadata.annotations?.[addedKey] !== undefined;
}

export function withAddedRules(role: ClusterRole, missing: Readonly<Rules>): ClusterRole {
  const added = JSON.stringify([...addedRules(role), ...missing]);
  return {
    ...annotate(role, { [addedKey]: added }),
    rules: [...(role.rules ?? []), ...missing],
  };
}

export function withoutAddedRules(role: ClusterRole): ClusterRole {
  const added = new Set(addedRules(role));
  return {
    ...annotate(role, { [addedKey]: undefined }),
    rules: (role.rules ?? []).filter((rule) => !added.has(rule)),
  };
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
