import { TransportError } from '../transport/error.ts';
import { type Answer, bodyError } from '../transport/transport.ts';
import type { Kubelet } from './kubelet.ts';

interface Reading {
  /** How long to wait for the next part of the body. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** The body in parts, as they arrive, which stay valid. What breaks off throws as `kubelet.broken` has it. */
export async function* readChunks(
  kubelet: Kubelet,
  answer: Answer,
  { idleMs, signal }: Reading,
): AsyncGenerator<Buffer, void> {
  const chunks = answer.body[Symbol.asyncIterator]();
  const late = () => answer.body.destroy(new TransportError('body', 'timeout'));
  try {
    for (;;) {
      const timer = setTimeout(late, idleMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield Buffer.from(next.value);
    }
  } catch (error) {
    throw kubelet.broken(bodyError(error, signal));
  } finally {
    answer.body.destroy();
  }
}
