import type { Agent } from './agent.ts';
import { agents } from './agents.ts';

/** A known agent by its whole name. */
export function agentOfName(text: string): Agent | undefined {
  const wanted = spelled(text);
  return agents.find(({ name }) => spelled(name) === wanted);
}

/** Of the spelling of a name, only letters and digits count. */
export function spelled(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Of a part of a name that says enough. */
const shortestPart = 5;

/** Those with this name, or else with this part of a name. */
export function agentsNamed(text: string): readonly Agent[] {
  const exact = agentOfName(text);
  if (exact) return [exact];
  const wanted = spelled(text);
  return wanted.length < shortestPart
    ? []
    : agents.filter(({ name }) => spelled(name).includes(wanted));
}
