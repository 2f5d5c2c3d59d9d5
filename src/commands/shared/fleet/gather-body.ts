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
import type { Answered, Body, Row, UnusableCause } from './outcome.ts';

/** Reads the body of a response to its end. Throws an UnusableBody for one that cannot be passed on. */
export type ReadBody = (
  kubelet: Kubelet,
  response: HttpResponse,
  context: ReadContext,
) => Promise<Pick<Answered, 'bytes' | 'body' | 'rows' | 'unread'>>;

export interface ReadContext {
  /** Name of the node. */
  readonly name: string;
  /** Undefined if it was not looked up. */
  readonly node?: Node | undefined;
  /** In ms, for all of the body: waits of ours do not count. */
  readonly totalMs: number;
  /** In ms, for a body that is read besides, as for a text. */
  readonly responseMs: number;
  readonly signal: AbortSignal;
  /** In bytes, of bodies that are already kept beside this one: they share its limit. */
  readonly besides?: number;
  /** To be awaited before so many bytes are kept in memory. */
  readonly room: (bytes: number) => Promise<void> | undefined;
}

export class UnusableBody extends Failure {
  readonly why: UnusableCause;

  constructor(why: UnusableBody['why'], message: string, hint: string) {
    super(message, { hints: [hint] });
    this.why = why;
  }
}

/** In bytes, of all that one node answers: of several nodes, whole bodies are in memory. */
const longestBody = 32 * 1024 * 1024;

/** The curl command that prints a response unchanged. */
export function curlCommand({ where, via }: Kubelet, path: string): string {
  const through = options(via === 'apiserver' ? ['--via', 'apiserver'] : []);
  return command`kubectl kubeletaccess curl ${path} ${optionOf(where)} ${through}`;
}

/** In memory: as text, which it then must be, or as whatever it is. */
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
            'response too large',
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
        as === 'text' ? textBody(bytes) : parseBody(bytes, response.headers['content-type'] ?? '');
      if (body.kind === 'binary' && as === 'text')
        throw new UnusableBody(
          'not text',
          `the ${kubelet.label} sent ${length} bytes that are not text`,
          toFile(),
        );
      return { bytes: length, body };
    } finally {
      returnBuffer(memory);
    }
  };
}

/** Makes rows of an error response, and a failure of what they say; undefined of one without rows. */
export type ReadErrorBody = (
  kubelet: Kubelet,
  response: TextResponse,
  context: Pick<ReadContext, 'name' | 'node'>,
) => Promise<{ readonly rows: readonly Row[]; readonly failure: KubeletFailure } | undefined>;

/** Copies the bytes, whose buffer is reused. Text if it is UTF-8 without NUL; JSON if it says or looks so and is valid. */
export function parseBody(bytes: Buffer, contentType: string): Body {
  if (looksJson(bytes, contentType)) {
    // A broken body must not break the line or list that it is embedded in.
    const line = joinJson(bytes);
    if (line !== undefined) return { kind: 'json', line };
  }
  return textBody(bytes);
}

function textBody(bytes: Buffer): Body {
  const text = bytes.includes(0) ? undefined : decodeUtf8(bytes);
  return text === undefined
    ? { kind: 'binary', bytes: Buffer.from(bytes) }
    : { kind: 'text', text };
}
