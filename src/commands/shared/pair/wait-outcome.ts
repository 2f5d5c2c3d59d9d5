import { exitCodes } from '../../../errors.ts';
import { renderTable } from '../../../text/table.ts';

/** What a wait came to for one node. */
export interface NodeOutcome {
  readonly node: string;
  /** `denied` and `allowed` are its last answer, when the other was wanted. */
  readonly state:
    | 'in effect'
    | 'denied'
    | 'allowed'
    | 'unreachable'
    | 'not ready'
    | 'gone'
    | 'unknown';
  /** Why it is not in effect; empty if it is. */
  readonly reason: string;
}

/** A row for each node where the change is not in effect; empty if there is none. */
export function renderOutcomes(outcomes: readonly NodeOutcome[]): string {
  const rows = late(outcomes).map(({ node, state, reason }) => [node, state, reason]);
  return rows.length === 0 ? '' : renderTable(['NODE', 'STATE', 'REASON'], rows);
}

/** `2 of 2 kubelets allow it` */
export function renderWaited(outcomes: readonly NodeOutcome[], want: 'allowed' | 'denied'): string {
  const isOne = outcomes.length === 1;
  const words = {
    allowed: isOne ? 'kubelet allows' : 'kubelets allow',
    denied: isOne ? 'kubelet denies' : 'kubelets deny',
  };
  const count = outcomes.length - late(outcomes).length;
  return `${count} of ${outcomes.length} ${words[want]} it\n`;
}

export function exitCodeOf(outcomes: readonly NodeOutcome[]): number {
  const count = late(outcomes).length;
  if (count === 0) return exitCodes.ok;
  return count === outcomes.length ? exitCodes.error : exitCodes.someFailed;
}

function late(outcomes: readonly NodeOutcome[]): readonly NodeOutcome[] {
  return outcomes.filter(({ state }) => state !== 'in effect');
}
