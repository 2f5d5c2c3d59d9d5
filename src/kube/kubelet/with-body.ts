import type { Answer } from '../transport/transport.ts';

/** An answer with another body, made of its own. */
export function withBody(answer: Answer, pieces: AsyncIterable<Buffer>): Answer {
  const destroy = (error?: Error) => answer.body.destroy(error);
  return {
    ...answer,
    body: { destroy, [Symbol.asyncIterator]: () => pieces[Symbol.asyncIterator]() },
  };
}

/** A body without a byte. */
export async function* emptyBody(): AsyncGenerator<Buffer, void> {}
