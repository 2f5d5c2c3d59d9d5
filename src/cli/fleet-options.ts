import type { NodeChoice } from '../kube/api-server/choose-nodes.ts';
import { declare } from './option.ts';
import { parseCount, parsePositiveDuration } from './parse-options.ts';

/** Options of every command that checks many nodes. */
export const fleetOptions = {
  node: () =>
    declare.selection.list(
      '--node',
      'Check only this node. Can be repeated, or a list with commas.',
      { completes: 'nodes' },
    ),
  selector: () =>
    declare.selection.text(
      '-l,--selector',
      'Check only nodes with these labels, such as -l key=value.',
      '',
      { completes: 'label-selector' },
    ),
  timeout: () => declare.behavior.text('--timeout', 'Time limit of the checks of one node.', '10s'),
  parallel: () =>
    declare.behavior.text(
      '--parallel',
      'Number of nodes to call at once. A node that does not answer makes room for others.',
      '50',
    ),
  warnDays: () =>
    declare.behavior.text(
      '--warn-days',
      'Report serving certificates that expire within so many days.',
      '30',
    ),
  showAll: () =>
    declare.output.flag(
      '--show-all',
      'Print a row for each node, also where many have the same good result.',
    ),
};

/** Their values as they are given. */
export interface FleetOptions {
  readonly node: readonly string[];
  readonly selector: string;
  readonly timeout: string;
  readonly parallel: string;
  readonly warnDays: string;
}

/** Which nodes to check, and within which limits. */
export interface FleetRequest {
  readonly choice: NodeChoice;
  /** In ms, for all requests about one node. */
  readonly timeoutMs: number;
  readonly parallel: number;
  readonly warnDays: number;
}

export function parseFleetOptions(options: FleetOptions): FleetRequest {
  return {
    choice: { names: splitNames(options.node), selector: options.selector },
    timeoutMs: parsePositiveDuration('--timeout', options.timeout),
    parallel: parseParallel(options.parallel),
    warnDays: parseCount('--warn-days', options.warnDays, { least: 0, most: 36_500 }),
  };
}

export function parseParallel(text: string): number {
  return parseCount('--parallel', text, { least: 1, most: 10_000 });
}

/** `--node a,b --node c` */
export function splitNames(lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => list.split(','));
}
