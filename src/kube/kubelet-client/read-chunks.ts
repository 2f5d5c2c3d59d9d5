import { TransportError } from '../transport/error.ts';
import type { BorrowedBytes } from '../transport/memory.ts';
import { endBody } from '../transport/send-request.ts';
import { bodyError, type HttpResponse, receivedOf } from '../transport/transport.ts';
import type { Kubelet } from './client.ts';

interface ChunkLimits {
  /** Time limit in ms for the next part of the body. */
  readonly idleMs: number;
  /** Time limit in ms for receiving all parts. It does not include the time that the reader spends between parts. */
  readonly totalMs?: number;
  readonly signal: AbortSignal;
}

/** Yields the parts of a body as they arrive. If the body ends too early, throws the error that `kubelet.broken` returns. */
export async function* readChunks(
  kubelet: Kubelet,
  response: HttpResponse,
  reading: ChunkLimits,
): AsyncGenerator<Buffer, void> {
  for await (const piece of readPieces(kubelet, response, reading)) yield piece.copy();
}

/** Like readChunks, but later parts reuse the memory of earlier ones. */
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
      // Checked here, because timers do not fire while parts arrive without a pause.
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
