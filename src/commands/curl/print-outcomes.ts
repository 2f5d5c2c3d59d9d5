import type { Writable } from 'node:stream';
import { type Sink, writeOutput } from '../../cli/write-output.ts';
import { failureFields } from '../../errors.ts';
import { returnBuffer, takeBuffer } from '../../kube/transport/memory.ts';
import { apiVersion } from '../../text/api-version.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import { escapeJson } from '../../text/escape.ts';
import type { BodyMemory, Share } from '../shared/fleet/body-memory.ts';
import { headerPairs } from '../shared/fleet/fleet-report.ts';
import {
  type CalledKubelet,
  type CallOutcome,
  type FailedCause,
  isFailed,
  type PrintedBody,
  type PrintedHead,
  type Unread,
} from '../shared/fleet/outcome.ts';
import type { FleetPrinter } from '../shared/fleet/print-fleet.ts';
import { renderText } from '../shared/fleet/render-text.ts';
import { renderTiming, roundTiming, type Timing } from '../shared/fleet/render-timing.ts';
import { type FilesToWrite, removeFiles } from './print-files.ts';

interface MaskedSink extends Sink {
  /** Hides secrets in messages and headers. Bodies are not masked. */
  readonly mask: (text: string) => string;
  readonly server?: string | undefined;
}

const noop = async () => {};

/** Prints `-o ndjson`: one line for each node, in the order in which nodes finish. */
export function printNdjson(output: MaskedSink): FleetPrinter {
  return {
    print: (_, outcome, begin) => {
      begin();
      return write(output, ...renderEnvelope(outcome, output.mask, output.server), '\n');
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
      const line = joined(renderEnvelope(outcome, output.mask, output.server));
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

/**
 * The object of `-o json`: the responses in the order of the nodes.
 * @public
 */
export interface ResponseList {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'KubeletResponseList';
  readonly items: readonly Envelope[];
}

/**
 * The response of one node, or the reason why its request failed. One line of `-o ndjson`.
 * @public
 */
export interface Envelope {
  /** Name of the node; absent for a kubelet that was given by its address. */
  readonly node?: string | undefined;
  /** `HOST:PORT` of a direct request. */
  readonly address?: string | undefined;
  /** Whether the request went directly to the kubelet or through the API server. */
  readonly via: 'direct' | 'apiserver';
  /**
   * HTTP status; absent if the kubelet did not answer.
   *
   * @asType integer
   */
  readonly httpStatus?: number | undefined;
  /**
   * Duration in ms, to the end of the body.
   *
   * @asType integer
   */
  readonly ms: number;
  /** The URL of the API server in the kubeconfig. */
  readonly server?: string | undefined;
  /** Duration of each stage in ms, with --timing. */
  readonly timing?: Timing | undefined;
  /**
   * Length of the body in bytes.
   *
   * @asType integer
   */
  readonly bytes?: number;
  /** Headers by name in lower case, with --show-headers; a list if a header occurs several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Body as text, or as unchanged JSON, including numbers that JavaScript cannot represent. */
  readonly body?: unknown;
  /** Body in base64 if it is not text. Then `body` is absent. */
  readonly bodyBase64?: string;
  /** Why there is no body: one of the causes that `explain` knows. */
  readonly cause?: FailedCause;
  /** Why there is no body, in a sentence. */
  readonly message?: string;
  /** A command that helps to fix the failure. */
  readonly hint?: string | undefined;
}

type Pieces = readonly (string | Buffer)[];

const listStart: string = `${JSON.stringify({
  apiVersion,
  kind: 'KubeletResponseList',
} satisfies Omit<ResponseList, 'items'>).slice(0, -1)},"items":[`;
const listEnd = ']}';

/**
 * Renders one line of JSON for one node, in pieces. A JSON body is embedded as its own text, so that every number stays unchanged.
 * `mask` hides secrets that a server has echoed. Bodies are not masked, and their invisible characters are not escaped.
 */
export function renderEnvelope(
  outcome: CallOutcome,
  mask: (text: string) => string,
  server?: string,
): Pieces {
  const { node, address, via, status, ms } = outcome;
  const fields = {
    node,
    address,
    via,
    httpStatus: status,
    ms: Math.round(ms),
    server,
  } satisfies Envelope;
  if (isFailed(outcome)) {
    const { cause, failure } = outcome;
    const envelope: Envelope = { ...fields, cause, ...failureFields(failure, mask) };
    return [escapeJson(JSON.stringify(envelope))];
  }
  const { bytes, timing, head, body } = outcome;
  const headers = head && headersOf(head, mask);
  const stages = timing && roundTiming(timing);
  const envelope: Envelope = { ...fields, timing: stages, bytes, headers };
  const start = escapeJson(JSON.stringify(envelope));
  return body ? [`${start.slice(0, -1)},`, ...renderBody(body), '}'] : [start];
}

function headersOf(head: PrintedHead, mask: (text: string) => string): Envelope['headers'] {
  const byName = Map.groupBy(headerPairs(head), ([name]) => mask(name.toLowerCase()));
  const entries = [...byName].map(([name, own]) => {
    const values = own.map(([, value]) => mask(value));
    const [first = '', ...more] = values;
    return [name, more.length === 0 ? first : values] as const;
  });
  return Object.fromEntries(entries);
}

function renderBody(body: PrintedBody): Pieces {
  if (body.kind === 'binary') return [`"bodyBase64":"${body.bytes.toString('base64')}"`];
  if (body.kind === 'text') return [`"body":${JSON.stringify(body.text)}`];
  return ['"body":', body.line];
}
