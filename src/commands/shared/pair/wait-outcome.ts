import { rootOf } from '../../../kubelet/authorization.ts';
import { finerGate } from '../../../kubelet/finer-permissions.ts';
import { summarize } from '../../../text/list.ts';
import { renderTable } from '../../../text/table.ts';

/** Result of a wait for one node. */
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
  /** Paths for which it asks for nothing finer than nodes/proxy, because of its feature gates; absent for none. */
  readonly closed?: readonly string[];
}

/** A row for each node on which the change is not in effect; may be empty. */
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
  return `${count} of ${outcomes.length} ${words[want]} it\n${closedNote(outcomes)}`;
}

/** Permissions that kubelets deny because they authorize as older ones do. */
function closedNote(outcomes: readonly NodeOutcome[]): string {
  const closing = outcomes.filter(({ closed }) => closed);
  if (closing.length === 0) return '';
  const roots = [...new Set(closing.flatMap(({ closed = [] }) => closed.map(rootOf)))];
  const nodes = closing.map(({ node }) => node);
  return `note: ${finerGate} is off, so that ${roots.join(', ')} needs nodes/proxy: ${summarize(nodes, 5)}\n`;
}

/** Nodes on which the change is not in effect. */
export function late(outcomes: readonly NodeOutcome[]): readonly NodeOutcome[] {
  return outcomes.filter(({ state }) => state !== 'in effect');
}
