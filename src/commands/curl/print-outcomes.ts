import type { Writable } from 'node:stream';
import { type Sink, writeOutput } from '../../cli/write-output.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import { listEnd, listStart, renderEnvelope } from './envelope.ts';
import { isFailed, type Outcome } from './outcome.ts';
import { renderText, type TextStyle } from './render-text.ts';
import { renderTiming } from './render-timing.ts';

/** Prints the results of many nodes as they come, by their place among the nodes. */
export interface FleetPrinter {
  /** Awaited before the next node is called. */
  readonly ready: () => Promise<void>;
  readonly print: (index: number, outcome: Outcome) => Promise<void>;
  /** After the last, also of an interrupted run. */
  readonly end: () => Promise<void>;
}

export interface Output extends Sink {
  /** Hides secrets. Bodies are not masked: they pass as bytes. */
  readonly mask: (text: string) => string;
}

const noop = async () => {};

/** `-o ndjson`: a line a node, as they come. */
export function printLines(output: Output): FleetPrinter {
  return {
    ready: noop,
    print: (_, outcome) => write(output, `${renderEnvelope(outcome, output.mask)}\n`),
    end: noop,
  };
}

/** In characters, what may wait for the result of an earlier node before no other is called. */
const mostWaiting = 64_000_000;

/** `-o json`: one list, in the order of the nodes. */
export function printList(output: Output): FleetPrinter {
  const waiting = new Map<number, string>();
  let size = 0;
  let next = 0;
  let drained = Promise.withResolvers<void>();
  let separator = `${listStart}\n`;
  return {
    ready: async () => {
      while (size > mostWaiting) await drained.promise;
    },
    print: async (index, outcome) => {
      const line = renderEnvelope(outcome, output.mask);
      waiting.set(index, line);
      size += line.length;
      for (let turn = waiting.get(next); turn !== undefined; turn = waiting.get(next)) {
        waiting.delete(next);
        size -= turn.length;
        next += 1;
        const text = separator + turn;
        separator = ',\n';
        await write(output, text);
      }
      drained.resolve();
      drained = Promise.withResolvers();
    },
    end: () => write(output, `${next === 0 ? listStart : ''}\n${listEnd}\n`),
  };
}

/** Bodies as text, each line behind the name of its node. Failures are told at the end. */
export function printText(output: Output, style: TextStyle, paint: Paint): FleetPrinter {
  return {
    ready: noop,
    print: async (index, outcome) => {
      if (isFailed(outcome)) return;
      if (outcome.body?.kind === 'binary') return write(output, outcome.body.bytes);
      const name = (text: string) => paint(hueOf(index), text);
      await write(output, renderText(outcome, style, name));
    },
    end: noop,
  };
}

/** With --output-dir all bodies are in files. */
export const printNothing: FleetPrinter = { ready: noop, print: noop, end: noop };

/** The same, and how long each node took. */
export function printTimings(printer: FleetPrinter, stderr: Writable): FleetPrinter {
  return {
    ...printer,
    print: async (index, outcome) => {
      await printer.print(index, outcome);
      if (!isFailed(outcome) && outcome.timing)
        stderr.write(`${outcome.name}: ${renderTiming(outcome.timing, outcome.ms)}\n`);
    },
  };
}

/** As bytes, so that nothing in a body is masked. */
function write(output: Output, content: string | Buffer): Promise<void> {
  return writeOutput(output, typeof content === 'string' ? Buffer.from(content) : content);
}
