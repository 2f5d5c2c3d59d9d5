import type { Paint } from '../../text/color.ts';
import { formatCount, groupSimilar } from '../../text/similar-rows.ts';
import { type Cell, renderTable } from '../../text/table.ts';
import type { NodeReport, PathReport, StreamReport } from './report/nodes.ts';
import { verdictCell } from './verdict-cell.ts';

interface Row {
  readonly name: string;
  readonly streams: StreamReport;
}

/** A row for each node, with how far requests for a stream came; one for many that have the same good result. */
export function streamTable(nodes: readonly NodeReport[], showAll: boolean, paint: Paint): string {
  const rows = nodes.flatMap(({ name, streams }) => (streams ? [{ name, streams }] : []));
  if (rows.length === 0) return '';
  const keyOf = (row: Row) => (showAll || !isGood(row) ? undefined : cellsOf(row).join());
  return renderTable(
    ['STREAMS', 'WEBSOCKET', 'SPDY', 'RUNTIME', 'DIRECT', 'ASKED BY'],
    groupSimilar(rows, keyOf).map((group) => {
      const [row] = group;
      const alone = group.length === 1;
      return [
        alone ? row.name : formatCount(group.length, 'nodes'),
        ...cellsOf(row).map((result): Cell => verdictCell(result)),
        row.streams.pod === '' ? 'node proxy' : alone ? `pod ${row.streams.pod}` : 'pods',
      ];
    }),
    paint,
  );
}

function cellsOf({ streams: { webSocket, spdy, runtime, direct } }: Row): readonly string[] {
  return [webSocket, spdy, runtime, direct].map(({ result }: PathReport) => result);
}

function isGood({ streams: { webSocket, spdy, runtime } }: Row): boolean {
  return (
    [webSocket, spdy].every(({ result }) => result === 'ok') &&
    /^(?:ok|not asked)$/.test(runtime.result)
  );
}
