import { UsageFailure } from '../errors.ts';
import type { Agent } from '../kubelet/agents/agent.ts';
import { agents } from '../kubelet/agents/agents.ts';
import { joinWords } from '../text/list.ts';
import { nearestNames } from '../text/nearest.ts';

/** A known agent by its name, in any case of letters, or by a part that no other has; dashes are spaces, too. */
export function parseAgent(
  flag: string,
  text: string,
  otherwise = 'docs/reference/agents.md lists them',
): Agent {
  const wanted = spelled(text);
  const exact = agents.find(({ name }) => spelled(name) === wanted);
  if (exact) return exact;
  const containing = agents.filter(({ name }) => spelled(name).includes(wanted));
  const [one, ...more] = containing;
  if (one && more.length === 0) return one;
  const names = agents.map(({ name }) => name);
  const near =
    containing.length > 0
      ? containing.map(({ name }) => name).slice(0, 5)
      : nearestNames(text, names, 3);
  throw new UsageFailure(`invalid ${flag} value "${text}": must be the name of a known agent`, {
    hints: [
      near.length > 0
        ? `did you mean: ${joinWords(
            near.map((name) => JSON.stringify(name)),
            'or',
          )}?`
        : otherwise,
    ],
  });
}

function spelled(name: string): string {
  return name.toLowerCase().replaceAll('-', ' ');
}
