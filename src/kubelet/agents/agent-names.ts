import type { Agent } from './agent.ts';
import { agents } from './agents.ts';

/** A known agent by its whole name. */
export function agentOfName(text: string): Agent | undefined {
  const wanted = spelled(text);
  return agents.find(({ name }) => spelled(name) === wanted);
}

/** The letters and digits of a name: nothing else counts. */
export function spelled(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Letters of the shortest part of a name that is accepted for the name. */
const shortestPart = 5;

/** Agents with this name, or else with this part of a name. */
export function agentsNamed(text: string): readonly Agent[] {
  const exact = agentOfName(text);
  if (exact) return [exact];
  const wanted = spelled(text);
  return wanted.length < shortestPart
    ? []
    : agents.filter(({ name }) => spelled(name).includes(wanted));
}
