import { Option } from 'clipanion';
import { notTogether } from '../errors.ts';
import type { NodeChoice } from '../kube/api-server/choose-nodes.ts';
import { dayMs } from '../text/duration.ts';
import { checkRole, nodeOptions, splitNodes } from './node-options.ts';
import { completing, declare, type ValuesOf } from './option.ts';
import { parseCount, parseDurationOption, parsePositiveDuration } from './parse-options.ts';

const usualParallel = 50;

export const fleetOptions = {
  names: () => completing('node', Option.Rest({ name: 'NODE' })),
  node: nodeOptions.node,
  selector: nodeOptions.selector,
  role: nodeOptions.role,
  timeout: nodeOptions.timeout,
  parallel: () =>
    declare.node.text('--parallel', 'Number of nodes to call at once.', {
      initial: `${usualParallel}`,
    }),
  expiresWithin: () =>
    declare.behavior.text(
      '--expires-within',
      'Warn about certificates that expire within this time.',
      {
        initial: '30d',
      },
    ),
  showAll: (help = 'Print one row per node, instead of grouping nodes with the same result.') =>
    declare.output.flag('--show-all', help),
};

export type FleetOptions = NodeChoice &
  ValuesOf<Pick<typeof fleetOptions, 'node' | 'timeout' | 'parallel'>>;

export interface FleetSettings {
  readonly choice: NodeChoice;
  /** Time limit in ms for all requests about one node. */
  readonly timeoutMs: number;
  readonly parallel: number;
}

export interface FleetReading extends FleetSettings {
  readonly progress: (done: number, all: number) => void;
}

export function parseFleetOptions(options: FleetOptions): FleetSettings {
  return {
    choice: {
      names: [...splitNodes(options.names, 'NODE'), ...splitNodes(options.node, '--node')],
      selector: options.selector,
      role: checkRole(options.role),
    },
    timeoutMs: parsePositiveDuration('--timeout', options.timeout),
    parallel: parseParallel(options.parallel),
  };
}

/** Returns the value of --expires-within in days. */
export function parseWarnDays(text: string): number {
  return parseDurationOption('--expires-within', text) / dayMs;
}

export function checkShowAll({
  showAll,
  output,
}: {
  readonly showAll: boolean;
  readonly output: string;
}): void {
  if (showAll && output !== 'table')
    throw notTogether('--show-all', `--output ${output.split('=')[0]}`, {
      why: 'only the table leaves out rows',
    });
}

export function parseParallel(text: string): number {
  return parseCount('--parallel', text, { least: 1, most: 10_000 });
}
