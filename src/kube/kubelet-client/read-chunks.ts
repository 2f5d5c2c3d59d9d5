import { TransportError } from '../transport/error.ts';
import type { BorrowedBytes } from '../transport/memory.ts';
import { endBody } from '../transport/send-request.ts';
import { bodyError, type HttpResponse, receivedOf } from '../transport/transport.ts';
import type { Kubelet } from './client.ts';

interface ChunkLimits {
  /** How long to wait for the next part of the body. */
  readonly idleMs: number;
  /** How long to wait for all parts together: what the reader does between them does not count. */
  readonly totalMs?: number;
  readonly signal: AbortSignal;
}

/** The body in parts, as they arrive. What breaks off throws as `kubelet.broken` has it. */
export async function* readChunks(
  kubelet: Kubelet,
  response: HttpResponse,
  reading: ChunkLimits,
): AsyncGenerator<Buffer, void> {
  for await (const piece of readPieces(kubelet, response, reading)) yield piece.copy();
}

/** The same, each in memory that is used again. */
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
