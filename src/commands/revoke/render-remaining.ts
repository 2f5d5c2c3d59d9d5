import { formatError } from '../../errors.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import type { RevokePlan } from './plan.ts';
import type { SelectedGrant, Selection } from './select-grants.ts';

/** How many grants, subjects of each, and failures are listed. */
const mostListed = 5;

/** What was not revoked, and why; `rerun` is this very command for other grants. */
export function renderRemaining(
  { changes, refusals, remaining }: RevokePlan,
  selection: Selection,
  isChanged: boolean,
  rerun: (more: readonly string[]) => string,
): string {
  const isNothing = changes.length === 0 && refusals.length === 0 && !isChanged;
  const isMissed = selection.subject !== undefined && remaining.length > 0;
  const more = refusals.length - mostListed;
  return [
    isNothing ? `${isMissed ? 'nothing revoked' : 'nothing to do'}: no matching grant found\n` : '',
    remaining.length > 0 ? escapeControlLines(grantLines(remaining, selection, rerun)) : '',
    ...refusals.slice(0, mostListed).map((refusal) => formatError(refusal, false).text),
    more > 0 ? `error: and ${more} more grants were not revoked\n` : '',
  ].join('');
}

/** Grants that stay although the user may take them for revoked, and how to revoke them. */
function grantLines(
  remaining: readonly SelectedGrant[],
  { subject, profile }: Selection,
  rerun: (more: readonly string[]) => string,
): readonly string[] {
  const list = summarize(remaining, mostListed, (target) =>
    formatGrant(target, subject === undefined),
  );
  const hint = (more: readonly string[]) => `hint: to revoke that too: ${rerun(more)}`;
  if (subject) {
    const isSame = remaining.every(
      ({ profiles }) => profile !== undefined && profiles.includes(profile),
    );
    const which = isSame && profile !== undefined ? ['--profile', profile] : ['--all-profiles'];
    const name = formatSubject(subject);
    return [`note: ${name} still has access through ${list}`, hint(['--subject', name, ...which])];
  }
  const [one, ...others] = new Set(remaining.flatMap(({ profiles }) => profiles));
  const which = one !== undefined && others.length === 0 ? ['--profile', one] : ['--all-profiles'];
  return [`note: others can still run commands in containers through ${list}`, hint(which)];
}

function formatGrant({ name, profiles, binding }: SelectedGrant, withSubjects: boolean): string {
  const subjects = (binding?.subjects ?? []).map(formatSubject);
  const details = [
    ...(profiles.length === 0 ? [] : [`profile ${profiles.join(', ')}`]),
    ...(withSubjects ? [`for ${summarize(subjects, mostListed)}`] : []),
  ];
  return `ClusterRoleBinding ${name}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
