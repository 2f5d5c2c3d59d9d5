import type { Writable } from 'node:stream';
import { type Sink, writeOutput } from '../../cli/write-output.ts';
import { returnBuffer, takeBuffer } from '../../kube/transport/memory.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import type { BodyMemory, Share } from '../shared/fleet/body-memory.ts';
import { type CalledKubelet, isFailed, type Unread } from '../shared/fleet/outcome.ts';
import type { FleetPrinter } from '../shared/fleet/print-fleet.ts';
import { renderText } from '../shared/fleet/render-text.ts';
import { renderTiming } from '../shared/fleet/render-timing.ts';
import { listEnd, listStart, type Pieces, renderEnvelope } from './envelope.ts';
import { type FilesToWrite, removeFiles } from './print-files.ts';

export interface MaskedSink extends Sink {
  /** Hides secrets in messages and headers. Bodies are not masked. */
  readonly mask: (text: string) => string;
}

const noop = async () => {};

/** Prints `-o ndjson`: one line for each node, in the order in which nodes finish. */
export function printLines(output: MaskedSink): FleetPrinter {
  return {
    print: (_, outcome, begin) => {
      begin();
      return write(output, ...renderEnvelope(outcome, output.mask), '\n');
    },
    end: noop,
  };
}

/** Prints `-o json`: one list in the order of the nodes. Results that wait for an earlier node are held in memory. */
export function printList(output: MaskedSink, memory: BodyMemory): FleetPrinter {
  const waiting = new Map<number, { readonly line: Buffer; readonly share: Share }>();
  let next = 0;
  let separator = `${listStart}\n`;
  memory.awaits(next);
  return {
    print: async (index, outcome, begin) => {
      const share = memory.open(index);
      const line = joined(renderEnvelope(outcome, output.mask));
      share.hold(line.length);
      waiting.set(index, { line, share });
      for (let turn = waiting.get(next); turn; turn = waiting.get(next)) {
        waiting.delete(next);
        next += 1;
        begin();
        const before = separator;
        separator = ',\n';
        await write(output, before, turn.line);
        turn.share.free();
        memory.awaits(next);
      }
    },
    end: () => write(output, `${next === 0 ? listStart : ''}\n${listEnd}\n`),
  };
}

/** Prints bodies as text, each line prefixed with its node. printFleet prints failures after all bodies. */
export function printText(output: MaskedSink, paint: Paint): FleetPrinter {
  return {
    print: async (index, outcome, begin) => {
      if (isFailed(outcome)) return;
      begin();
      const name = (text: string) => paint(hueOf(index), text);
      await write(output, renderText(outcome, name));
    },
    end: noop,
  };
}

/** For --output-dir: removes the files that an earlier run wrote for a node that fails now. */
export function printFiles(
  files: FilesToWrite,
  unread: (parts: readonly (Unread & CalledKubelet)[]) => void,
): FleetPrinter {
  return {
    print: async (_, outcome) => {
      if (isFailed(outcome)) await removeFiles(files, outcome.name);
      else unread((outcome.unread ?? []).map((part) => ({ ...outcome, ...part })));
    },
    end: noop,
  };
}

export function printTimings(printer: FleetPrinter, stderr: Writable): FleetPrinter {
  return {
    ...printer,
    print: async (index, outcome, begin) => {
      await printer.print(index, outcome, begin);
      if (isFailed(outcome) || !outcome.timing) return;
      begin();
      stderr.write(`${outcome.name}: ${renderTiming(outcome.timing, outcome.ms)}\n`);
    },
  };
}

/** Writes bytes and no strings, because stdout masks secrets in strings. */
async function write(output: MaskedSink, ...pieces: Pieces): Promise<void> {
  const memory = takeBuffer();
  await writeOutput(output, joined(pieces, memory));
  // After an interrupt, the stream may still read the buffer.
  if (!output.signal.aborted) returnBuffer(memory);
}

function joined(pieces: Pieces, memory?: Buffer): Buffer {
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const whole = memory && memory.length >= bytes ? memory : Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces)
    at += typeof piece === 'string' ? whole.write(piece, at) : piece.copy(whole, at);
  return whole.subarray(0, at);
}
