import { rootOf } from '../../../kubelet/authorization.ts';
import { finerGate } from '../../../kubelet/finer-permissions.ts';
import { summarize } from '../../../text/list.ts';
import { renderTable } from '../../../text/table.ts';

export interface NodeOutcome {
  readonly node: string;
  /**
   * `in effect`, or why the change is not in effect. `denied` and `allowed` are the last answer of a kubelet that did not give the
   * wanted answer in time.
   */
  readonly state:
    | 'in effect'
    | 'denied'
    | 'allowed'
    | 'unreachable'
    | 'not ready'
    | 'gone'
    | 'unknown';
  readonly reason: string;
  /** Paths for which the kubelet checks only nodes/proxy, because a feature gate is off; absent if there are none. */
  readonly closed?: readonly string[];
}

export function renderOutcomes(outcomes: readonly NodeOutcome[]): string {
  const rows = late(outcomes).map(({ node, state, reason }) => [node, state, reason]);
  return rows.length === 0 ? '' : renderTable(['NODE', 'STATE', 'REASON'], rows);
}

export function renderWaited(outcomes: readonly NodeOutcome[], want: 'allowed' | 'denied'): string {
  const isOne = outcomes.length === 1;
  const words = {
    allowed: isOne ? 'kubelet allows' : 'kubelets allow',
    denied: isOne ? 'kubelet denies' : 'kubelets deny',
  };
  const count = outcomes.length - late(outcomes).length;
  return `${count} of ${outcomes.length} ${words[want]} it\n${closedNote(outcomes)}`;
}

function closedNote(outcomes: readonly NodeOutcome[]): string {
  const closing = outcomes.filter(({ closed }) => closed);
  if (closing.length === 0) return '';
  const roots = [...new Set(closing.flatMap(({ closed = [] }) => closed.map(rootOf)))];
  const nodes = closing.map(({ node }) => node);
  return `note: ${finerGate} is off, so that ${roots.join(', ')} needs nodes/proxy: ${summarize(nodes, 5)}\n`;
}

export function late(outcomes: readonly NodeOutcome[]): readonly NodeOutcome[] {
  return outcomes.filter(({ state }) => state !== 'in effect');
}
