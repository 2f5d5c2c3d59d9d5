import { UsageFailure } from '../errors.ts';
import type { Agent } from '../kubelet/agents/agent.ts';
import { agentOfName, spelled } from '../kubelet/agents/agent-names.ts';
import { agents } from '../kubelet/agents/agents.ts';
import { joinWords } from '../text/list.ts';
import { nearestNames } from '../text/nearest.ts';

/** Finds an agent by its name, or by a part that only its name contains. Only letters and digits are compared. */
export function parseAgent(flag: string, text: string, ...hints: readonly string[]): Agent {
  const wanted = spelled(text);
  const exact = agentOfName(text);
  if (exact) return exact;
  const containing = agents.filter(({ name }) => wanted !== '' && spelled(name).includes(wanted));
  const [one, ...more] = containing;
  if (one && more.length === 0) return one;
  const near = containing.length > 0 ? containing : similar(wanted);
  throw new UsageFailure(`invalid ${flag} value "${text}": must be the name of a known agent`, {
    hints: [
      near.length > 0
        ? `did you mean: ${joinWords(
            near.slice(0, mostNear).map(({ name }) => JSON.stringify(name)),
            'or',
          )}?`
        : [],
      'kubectl kubeletaccess help agents',
      ...hints,
    ].flat(),
  });
}

const mostNear = 5;

/** The most similar agent comes first. */
function similar(wanted: string): readonly Agent[] {
  const byKey = Map.groupBy(
    agents.flatMap((agent) => keysOf(agent).map((key) => ({ agent, key }))),
    ({ key }) => key,
  );
  const near = nearestNames(wanted, [...byKey.keys()], mostNear);
  return [...new Set(near.flatMap((key) => (byKey.get(key) ?? []).map(({ agent }) => agent)))];
}

function keysOf({ name }: Agent): readonly string[] {
  const words = name.split(/[^\p{L}\p{N}]+/u).map(spelled);
  return [...new Set([spelled(name), ...words.filter((word) => word.length >= shortestWord)])];
}

/** Minimum length of a word that is compared. Shorter words resemble too many names. */
const shortestWord = 5;
