import { asSet, variablesOf } from './agent-variables.ts';
import { type RecognizedAgent, recognizeAgent, type SeenCaller } from './recognize-agent.ts';
import type { RunningWorkload } from './workloads.ts';

/** The agents in a workload, which may run several: what its containers are, if none is of a chart that runs another's program. */
export function agentsIn(workload: RunningWorkload, known: SeenCaller): readonly RecognizedAgent[] {
  const { containers, labels } = workload;
  const parts = containers.map(({ image, args, variables }) => ({
    ...{ images: [image], args },
    variables: [...variables.keys()],
  }));
  const whole = {
    ...known,
    labels,
    images: parts.flatMap(({ images }) => images),
    args: parts.flatMap(({ args }) => args),
    variables: parts.flatMap(({ variables }) => variables),
  };
  const found = [whole, ...parts].flatMap((seen) => recognizeAgent(seen) ?? []);
  const own = found.filter(({ agent }) => !agent.generic);
  const set = variablesOf(workload);
  return (own.length > 0 ? own : found).map((each) => ({ ...each, agent: asSet(each.agent, set) }));
}
