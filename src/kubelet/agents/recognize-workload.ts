import { asSet, variablesOf } from './agent-variables.ts';
import { type RecognizedAgent, recognizeAgent, type SeenCaller } from './recognize-agent.ts';
import type { RunningWorkload } from './workloads.ts';

/** What all containers of a workload show together. */
export function seenIn({ labels, containers }: Pick<RunningWorkload, 'labels' | 'containers'>) {
  return {
    labels,
    images: containers.map(({ image }) => image),
    args: containers.flatMap(({ args }) => args),
    variables: containers.flatMap(({ variables }) => [...variables.keys()]),
  };
}

/** The agents in a workload, which may run several: what its containers are, if none is of a chart that runs another's program. */
export function agentsIn(workload: RunningWorkload, known: SeenCaller): readonly RecognizedAgent[] {
  const parts = workload.containers.map(({ image, args, variables }) => ({
    ...{ images: [image], args },
    variables: [...variables.keys()],
  }));
  const whole = { ...known, ...seenIn(workload) };
  const found = [whole, ...parts].flatMap((seen) => recognizeAgent(seen) ?? []);
  const own = found.filter(({ agent }) => !agent.generic);
  const set = variablesOf(workload);
  return (own.length > 0 ? own : found).map((each) => ({ ...each, agent: asSet(each.agent, set) }));
}
