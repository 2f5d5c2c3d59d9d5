import { formatSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import type { Selection, Target } from './select-grants.ts';

/** How many grants, and subjects of each, are named. */
const mostNamed = 5;

/** Grants that stay though whoever chose may think them gone, and how to take those back. */
export function renderRemaining(
  remaining: readonly Target[],
  { subject, profile }: Selection,
  command: (more: readonly string[]) => string,
): string {
  const told = remaining.map(({ name, profile: given, binding }) => {
    const what = given === undefined ? [] : [`profile ${given}`];
    const whose = (binding?.subjects ?? []).map(formatSubject);
    const details = subject ? what : [...what, `for ${summarize(whose, mostNamed)}`];
    return `ClusterRoleBinding ${name}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  });
  const list = summarize(told, mostNamed);
  const hint = (more: readonly string[]) => `hint: to take that back as well: ${command(more)}\n`;
  if (subject) {
    const which = profile === undefined ? ['--all-profiles'] : ['--profile', profile];
    const who = formatSubject(subject);
    return `${who} still has something by ${list}\n${hint(['--subject', who, ...which])}`;
  }
  const [one, ...others] = new Set(remaining.map((target) => target.profile));
  const which = one !== undefined && others.length === 0 ? ['--profile', one] : ['--all-profiles'];
  return `what still lets somebody run commands in containers: ${list}\n${hint(which)}`;
}
