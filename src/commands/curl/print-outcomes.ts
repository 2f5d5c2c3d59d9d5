import type { Writable } from 'node:stream';
import { type Sink, writeOutput } from '../../cli/write-output.ts';
import type { WrittenFiles } from '../../kube/files/written-files.ts';
import { returnBuffer, takeBuffer } from '../../kube/transport/memory.ts';
import type { PprofProfile } from '../../kubelet/pprof.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import type { BodyMemory, Share } from '../shared/fleet/body-memory.ts';
import type { FleetPrinter } from '../shared/fleet/call-fleet.ts';
import { isFailed } from '../shared/fleet/outcome.ts';
import { renderText } from '../shared/fleet/render-text.ts';
import { renderTiming } from '../shared/fleet/render-timing.ts';
import { listEnd, listStart, type Pieces, renderEnvelope } from './envelope.ts';
import { removeFiles } from './print-files.ts';

export interface Output extends Sink {
  /** Hides secrets. Bodies are not masked: they pass as bytes. */
  readonly mask: (text: string) => string;
}

const noop = async () => {};

/** `-o ndjson`: a line a node, as they come. */
export function printLines(output: Output): FleetPrinter {
  return {
    print: (_, outcome, begin) => {
      begin();
      return write(output, ...renderEnvelope(outcome, output.mask), '\n');
    },
    end: noop,
  };
}

/** `-o json`: one list, in the order of the nodes. What waits for the result of an earlier node is held in memory. */
export function printList(output: Output, memory: BodyMemory): FleetPrinter {
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

/** Bodies as text, each line after the name of its node. Failures are told at the end. */
export function printText(output: Output, paint: Paint): FleetPrinter {
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

/** With --output-dir bodies are in files: a node that fails must not keep that of an earlier run. Tells which were removed. */
export function printFiles(
  folder: string,
  written: WrittenFiles,
  profile: PprofProfile | undefined,
  removed: (file: string) => void,
): FleetPrinter {
  return {
    print: async (_, outcome) => {
      if (isFailed(outcome))
        (await removeFiles(folder, written, outcome.name, profile)).forEach(removed);
    },
    end: noop,
  };
}

/** The same, and how long each node took. */
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

/** As bytes, so that nothing in a body is masked. */
async function write(output: Output, ...pieces: Pieces): Promise<void> {
  const memory = takeBuffer();
  await writeOutput(output, joined(pieces, memory));
  // After an interrupt it may still be read.
  if (!output.signal.aborted) returnBuffer(memory);
}

/** In this memory if there is enough of it. */
function joined(pieces: Pieces, memory?: Buffer): Buffer {
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const whole = memory && memory.length >= bytes ? memory : Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces)
    at += typeof piece === 'string' ? whole.write(piece, at) : piece.copy(whole, at);
  return whole.subarray(0, at);
}
