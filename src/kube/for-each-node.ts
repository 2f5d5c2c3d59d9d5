import pMap from 'p-map';
import { Interrupted } from '../errors.ts';
import type { Node } from '../objects.ts';
import { longestMs } from '../text/duration.ts';
import { defaultLimits, type Limits } from './transport/limits.ts';

export type NodeLimits = Limits & { readonly deadline: number };

export interface NodeVisits<T> {
  /** How many nodes are visited at once. */
  readonly parallel: number;
  /** In ms, for all requests of one visit together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called at the start, and after each node. */
  readonly progress: (done: number, all: number) => void;
  /** Whatever it throws ends all visits, except Interrupted after an abort. */
  readonly visit: (node: Node, limits: NodeLimits) => Promise<T>;
  /** The result for a node whose visit an abort prevented or cut short. */
  readonly interrupted: (node: Node) => T;
}

/** Visits each node once. The results are in the order of `nodes`, and after an abort, too, there is one for each. */
export async function forEachNode<T>(
  nodes: readonly Node[],
  { parallel, timeoutMs, signal, progress, visit, interrupted }: NodeVisits<T>,
): Promise<readonly T[]> {
  let done = 0;
  progress(done, nodes.length);
  const visitOnce = async (node: Node): Promise<T> => {
    if (signal.aborted) return interrupted(node);
    try {
      return await visit(node, limitsWithin(timeoutMs));
    } catch (error) {
      if (error instanceof Interrupted && signal.aborted) return interrupted(node);
      throw error;
    }
  };
  return pMap(
    nodes,
    async (node) => {
      const result = await visitOnce(node);
      done += 1;
      progress(done, nodes.length);
      return result;
    },
    { concurrency: parallel },
  );
}

/** For several requests that together may take so many ms from now. */
export function limitsWithin(wanted: number): NodeLimits {
  const ms = Math.min(wanted, longestMs);
  return {
    connectMs: Math.min(ms, defaultLimits.connectMs),
    answerMs: ms,
    deadline: performance.now() + ms,
  };
}
