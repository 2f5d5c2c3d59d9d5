import type { Agent } from './agent.ts';
import { agents } from './agents.ts';

export function agentOfName(text: string): Agent | undefined {
  const wanted = spelled(text);
  return agents.find(({ name }) => spelled(name) === wanted);
}

/**
 * Returns the letters and digits of a name in lower case. Names of agents are compared in this form, so `Metrics Server` finds
 * metrics-server.
 */
export function spelled(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Minimum number of letters and digits in a part of an agent's name that users may write instead of the whole name. */
const shortestPart = 5;

export function agentsNamed(text: string): readonly Agent[] {
  const exact = agentOfName(text);
  if (exact) return [exact];
  const wanted = spelled(text);
  return wanted.length < shortestPart
    ? []
    : agents.filter(({ name }) => spelled(name).includes(wanted));
}
