import type { Readable, Writable } from 'node:stream';
import { newCondition } from '../../condition.ts';
import { joinJson, looksJson } from '../../text/json.ts';
import { TransportError } from '../transport/error.ts';
import { growBuffer, returnBuffer, takeBuffer } from '../transport/memory.ts';
import type { TlsSettings } from '../transport/tls.ts';
import { type HttpResponse, openTransport, type Transport } from '../transport/transport.ts';
import { encodeFrame, type FrameKind, frameKinds, frameReader } from './frames.ts';
import {
  type EndMessage,
  encodeError,
  type HeadMessage,
  limitsSent,
  mostUnread,
  type RequestMessage,
  readAtOnce,
} from './messages.ts';

/** Runs a worker: sends the requests that arrive on `input`, and writes their responses to `output`, until `input` ends. */
export function serveRequests(input: Readable, output: Writable): Promise<void> {
  const settings = new Map<number, TlsSettings>();
  const servers = new Map<number, Transport>();
  const running = new Map<number, { readonly cancel: () => void; readonly read: () => void }>();
  const tell = (kind: FrameKind, id: number, content: Buffer | string = '') =>
    output.write(encodeFrame(kind, id, content));

  const transportOf = ({ server, settings: number, address }: RequestMessage): Transport => {
    const known = servers.get(server);
    if (known) return known;
    const tls = settings.get(number);
    if (!tls) throw new Error('there are no such settings');
    const opened = openTransport({ address, tls, route: undefined, log: undefined });
    servers.set(server, opened);
    return opened;
  };
  const answer = async (id: number, message: RequestMessage) => {
    const ending = new AbortController();
    const { signal } = ending;
    let unread = 0;
    const progress = newCondition();
    const give = async (piece: Buffer | string) => {
      tell(frameKinds.body, id, piece);
      unread += piece.length;
      while (unread > mostUnread && !signal.aborted) await progress.changed();
    };
    const cancel = () => {
      ending.abort();
      progress.notify();
    };
    const read = () => {
      unread -= readAtOnce;
      progress.notify();
    };
    running.set(id, { cancel, read });
    try {
      const transport = transportOf(message);
      const response = await transport.send(message, signal, limitsSent(message.limits));
      const { body: _, socket: __, ...head } = response;
      tell(frameKinds.head, id, JSON.stringify(head satisfies HeadMessage));
      const end = await giveBody(response, message.joinsJson ?? false, give);
      tell(frameKinds.end, id, JSON.stringify(end));
    } catch (error) {
      // The main process explains a TransportError. After any other error, it sends the request itself.
      if (error instanceof TransportError) tell(frameKinds.failed, id, encodeError(error));
      else tell(frameKinds.unsent, id);
    } finally {
      running.delete(id);
    }
  };

  const read = frameReader(({ kind, id, content }) => {
    if (kind === frameKinds.settings)
      settings.set(id, JSON.parse(content.toString()) as TlsSettings);
    if (kind === frameKinds.request)
      void answer(id, JSON.parse(content.toString()) as RequestMessage);
    if (kind === frameKinds.cancel) running.get(id)?.cancel();
    if (kind === frameKinds.read) running.get(id)?.read();
    if (kind !== frameKinds.close) return;
    servers.get(id)?.close();
    servers.delete(id);
  });
  input.on('data', read);
  // Both events are needed: a socket emits `end` at once, but `close` only after the other direction has ended.
  return new Promise((resolve) => {
    for (const event of ['end', 'close']) input.once(event, resolve);
  });
}

/**
 * Passes on a body. A body of up to `mostUnread` bytes whose JSON may be joined to one line is first received as a whole. A larger body is
 * passed on unchanged, and the main process joins it.
 */
async function giveBody(
  { status, headers, body }: HttpResponse,
  joinsJson: boolean,
  give: (piece: Buffer | string) => Promise<void>,
): Promise<EndMessage> {
  let memory = joinsJson && status < 400 ? takeBuffer() : undefined;
  let length = 0;
  const giveHeld = async () => {
    const held = memory;
    memory = undefined;
    if (held && length > 0) await give(held.subarray(0, length));
    returnBuffer(held);
  };
  try {
    for await (const piece of body) {
      const end = length + piece.length;
      if (memory && end > mostUnread) await giveHeld();
      if (memory) {
        if (end > memory.length) memory = growBuffer(memory, length, mostUnread);
        piece.copyTo(memory, length);
        length = end;
      } else await give(piece.now);
    }
    const whole = memory?.subarray(0, length);
    if (!whole || !looksJson(whole, headers['content-type'] ?? '')) return {};
    const line = joinJson(whole);
    if (line === undefined) return {};
    memory = undefined;
    await give(line);
    return { joinedFrom: length };
  } finally {
    // Passes on held bytes even if the body ends too early.
    await giveHeld();
  }
}
