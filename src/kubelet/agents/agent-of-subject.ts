import { isFound, type Known } from '../../known.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import type { Agent } from './agent.ts';
import { agentOfSubject } from './recognize-agent.ts';
import { agentsIn } from './recognize-workload.ts';
import type { RunningWorkload } from './workloads.ts';

/** The agent that has a ClusterRole as a subject; undefined for one that is not known, and for several. */
export type AgentOf = (subject: RbacSubject, role: string) => Agent | undefined;

/** By what runs as service accounts, where that is known, else by names. */
export function agentsBy(running: ReadonlyMap<string, Known<readonly RunningWorkload[]>>): AgentOf {
  return (subject, role) => {
    const known = running.get(formatSubject(subject));
    if (!known || !isFound(known) || known.found.length === 0) return agentOfSubject(subject, role);
    const { namespace = '', name } = subject;
    const found = known.found.map((workload) =>
      agentsIn(workload, { serviceAccount: { namespace, name }, role }),
    );
    const [agent, ...others] = new Map(
      found.flat().map((each) => [each.agent.name, each.agent]),
    ).values();
    return others.length === 0 && found.every((each) => each.length > 0) ? agent : undefined;
  };
}
