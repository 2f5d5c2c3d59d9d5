import { TransportError } from '../transport/error.ts';
import type { BorrowedBytes } from '../transport/memory.ts';
import { endBody } from '../transport/send-request.ts';
import { bodyError, type HttpResponse, receivedOf } from '../transport/transport.ts';
import type { Kubelet } from './client.ts';

interface ChunkLimits {
  /** Time limit in ms for the next part of the body. */
  readonly idleMs: number;
  /** Time limit in ms for all parts together; the time that the reader takes between them does not count. */
  readonly totalMs?: number;
  readonly signal: AbortSignal;
}

/** Yields the body in parts as they arrive; throws the error of `kubelet.broken` if the body breaks off. */
export async function* readChunks(
  kubelet: Kubelet,
  response: HttpResponse,
  reading: ChunkLimits,
): AsyncGenerator<Buffer, void> {
  for await (const piece of readPieces(kubelet, response, reading)) yield piece.copy();
}

/** Like readChunks, but each part is in memory that later parts reuse. */
export async function* readPieces(
  kubelet: Kubelet,
  response: HttpResponse,
  { idleMs, totalMs = Number.POSITIVE_INFINITY, signal }: ChunkLimits,
): AsyncGenerator<BorrowedBytes, void> {
  const pieces = response.body[Symbol.asyncIterator]();
  let bytes = 0;
  let leftMs = totalMs;
  try {
    for (;;) {
      const start = performance.now();
      const timer = endBody(response.body, Math.min(idleMs, leftMs));
      const next = await pieces.next().finally(() => clearTimeout(timer));
      leftMs -= performance.now() - start;
      if (next.done) return;
      // No timer fires while parts come without a pause.
      if (leftMs <= 0) throw new TransportError('body', 'timeout');
      bytes += next.value.length;
      yield next.value;
    }
  } catch (error) {
    throw kubelet.broken(bodyError(error, signal, receivedOf(response, bytes)));
  } finally {
    response.body.destroy();
  }
}
