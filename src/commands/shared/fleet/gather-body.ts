import { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { readPieces } from '../../../kube/kubelet-client/read-chunks.ts';
import { growBuffer, returnBuffer, takeBuffer } from '../../../kube/transport/memory.ts';
import type { HttpResponse, TextResponse } from '../../../kube/transport/transport.ts';
import { optionOf } from '../../../kubelet/causes/hop.ts';
import type { Node } from '../../../objects.ts';
import { command, options } from '../../../text/command.ts';
import { longestMs } from '../../../text/duration.ts';
import { decodeUtf8, joinJson, looksJson } from '../../../text/json.ts';
import type { Answered, PrintedBody, Row, UnusableCause } from './outcome.ts';

/** Reads a body to its end. Throws an UnusableBody for a body that cannot be printed. */
export type ReadBody = (
  kubelet: Kubelet,
  response: HttpResponse,
  context: ReadContext,
) => Promise<Pick<Answered, 'bytes' | 'body' | 'rows' | 'unread' | 'ended'>>;

export interface ReadContext {
  readonly name: string;
  readonly node?: Node | undefined;
  /** Time limit in ms for the whole body. The time for which the node waits for memory does not count. */
  readonly totalMs: number;
  /** Time limit in ms for the body of an additional request. */
  readonly responseMs: number;
  /** Time of the request, by `performance.now()`. */
  readonly sentAt: number;
  readonly signal: AbortSignal;
  /** Bytes of other bodies of this node in memory. They count toward the limit of the body. */
  readonly besides?: number;
  /** Reserves memory. A returned promise must be awaited before the bytes are kept. */
  readonly room: (bytes: number) => Promise<void> | undefined;
}

export class UnusableBody extends Failure {
  readonly why: UnusableCause;

  constructor(why: UnusableBody['why'], message: string, hint: string) {
    super(message, { hints: [hint] });
    this.why = why;
  }
}

/** Limit in bytes for all bodies of one node. */
const longestBody = 32 * 1024 * 1024;

export function curlCommand({ where, via }: Kubelet, path: string): string {
  const through = options(via === 'apiserver' ? ['--via', 'apiserver'] : []);
  return command`kubectl kubeletaccess curl ${path} ${optionOf(where)} ${through}`;
}

/** Reads a body into memory. `text` throws for a body that is not text; `any` also reads JSON and bytes. */
export function readInMemory(as: 'text' | 'any', path: string): ReadBody {
  return async (kubelet, response, { totalMs, besides = 0, signal, room }) => {
    const longest = longestBody - besides;
    const toFile = () => `write it to a file: ${curlCommand(kubelet, path)} --output-dir DIR`;
    let memory = takeBuffer();
    let length = 0;
    try {
      const reading = { idleMs: longestMs, totalMs, signal };
      for await (const piece of readPieces(kubelet, response, reading)) {
        const end = length + piece.length;
        if (end > longest)
          throw new UnusableBody(
            'response-too-large',
            `the ${kubelet.label} sent more than ${longestBody / 1024 / 1024} MiB${besides > 0 ? ' in all' : ''}`,
            toFile(),
          );
        const waits = room(piece.length);
        if (waits) await waits;
        if (end > memory.length) memory = growBuffer(memory, length, Math.min(2 * end, longest));
        piece.copyTo(memory, length);
        length = end;
      }
      const bytes = memory.subarray(0, length);
      const { joinedFrom } = response.body;
      if (joinedFrom !== undefined)
        return { bytes: joinedFrom, body: { kind: 'json', line: Buffer.from(bytes) } };
      const body =
        as === 'text'
          ? textBody(bytes)
          : printableBody(bytes, response.headers['content-type'] ?? '');
      if (body.kind === 'binary' && as === 'text')
        throw new UnusableBody(
          'not-text',
          `the ${kubelet.label} sent ${length} bytes that are not text`,
          toFile(),
        );
      return { bytes: length, body };
    } finally {
      returnBuffer(memory);
    }
  };
}

/** Reads rows from an error response. Returns undefined if it has no rows. */
export type ReadErrorBody = (
  kubelet: Kubelet,
  response: TextResponse,
  context: Pick<ReadContext, 'name' | 'node'>,
) => Promise<{ readonly rows: readonly Row[]; readonly failure: KubeletFailure } | undefined>;

/**
 * Returns the body as JSON, text or bytes. JSON: the Content-Type or the start of the body says JSON, and the body is valid. Text: any
 * other body in UTF-8 without NUL. Bytes: a copy of a body that is neither.
 */
export function printableBody(bytes: Buffer, contentType: string): PrintedBody {
  if (looksJson(bytes, contentType)) {
    // Invalid JSON would break the line or list that contains the body.
    const line = joinJson(bytes);
    if (line !== undefined) return { kind: 'json', line };
  }
  return textBody(bytes);
}

function textBody(bytes: Buffer): PrintedBody {
  const text = bytes.includes(0) ? undefined : decodeUtf8(bytes);
  return text === undefined
    ? { kind: 'binary', bytes: Buffer.from(bytes) }
    : { kind: 'text', text };
}
