import type { Tone } from '../../text/color.ts';
import type { Cell } from '../../text/table.ts';

/** A verdict of a hop, of a path to a node or of access, as people read it. */
export function verdictCell(verdict: string, more = ''): Cell {
  return [verdict + more, toneOf(verdict)];
}

function toneOf(verdict: string): Tone {
  if (/^(?:ok|allowed)\b/.test(verdict)) return 'good';
  return /^(?:unknown|not asked|no nodes)\b/.test(verdict) ? 'faint' : 'bad';
}
