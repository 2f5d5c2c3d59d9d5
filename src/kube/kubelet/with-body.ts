import { Readable } from 'node:stream';
import type { Answer } from '../transport/transport.ts';

/** An answer with another body, made of its own. */
export function withBody(
  answer: Answer,
  chunks: AsyncIterable<Buffer> | readonly Buffer[],
): Answer {
  return { ...answer, body: Readable.from(chunks) };
}
