import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { type Received, TransportError } from '../transport/error.ts';
import { type Answer, type Body, receivedOf } from '../transport/transport.ts';
import type { Kubelet } from './kubelet.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/** What can be decoded: a header of the user may ask for others than gzip. */
const encodings = ['gzip', 'deflate', 'br', 'zstd'] as const;

/**
 * Kubelets know no other encoding, and compress metrics and queries of the node log: the latter only if the header is this
 * very word (kubernetes pkg/kubelet/kubelet_server_journal.go).
 */
const asked = 'gzip';

type Encoding = (typeof encodings)[number];

/**
 * The same kubelet, asked for compressed answers. Their bodies are decoded as they are read, so that limits count decoded bytes;
 * their headers stay as they came.
 */
export function decodingKubelet(kubelet: Kubelet): Kubelet {
  const send: Kubelet['send'] = async (request) => {
    const headers = { 'accept-encoding': asked, ...request.headers };
    const answer = await kubelet.send({ ...request, headers });
    const encoding = (answer.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    if (encoding === 'identity') return answer;
    if (isKnown(encoding)) {
      const body = decodedBody(kubelet, answer, encoding, decoderOf(encoding));
      return { ...answer, body };
    }
    answer.body.destroy();
    throw unusable(
      kubelet,
      `a body in the encoding "${encoding}", which --compressed cannot decode`,
    );
  };
  return Object.assign(Object.create(kubelet) as Kubelet, { send });
}

function isKnown(encoding: string): encoding is Encoding {
  return (encodings as readonly string[]).includes(encoding);
}

/** Fails with the error of the body, or with a KubeletFailure if the body is not what its encoding says. */
function decodedBody(
  kubelet: Kubelet,
  { body, headers }: Answer,
  encoding: Encoding,
  decoder: Transform,
): Body {
  let bytes = 0;
  let problem: Error | undefined;
  const feed = async () => {
    try {
      for await (const piece of body) {
        bytes += piece.length;
        // An error of the decoder is told to who reads from it.
        if (!(await isWritten(decoder, piece))) return;
      }
      decoder.end();
    } catch (error) {
      problem ??= brokenOff(error as Error, receivedOf({ headers }, bytes));
      decoder.destroy(problem);
    }
  };
  const destroy = (error?: Error) => {
    problem ??= error;
    body.destroy(error);
    decoder.destroy(error);
  };
  async function* decoded() {
    void feed();
    try {
      yield* decoder as AsyncIterable<Buffer>;
    } catch (error) {
      if (problem) throw problem;
      // HEAD and 304 have the header alone.
      if (bytes > 0)
        throw unusable(kubelet, `a damaged ${encoding} body: ${(error as Error).message}`, error);
    } finally {
      destroy();
    }
  }
  return { destroy, [Symbol.asyncIterator]: decoded };
}

/** Resolves when the memory of the piece can be used again. */
function isWritten(decoder: Transform, piece: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    decoder.write(piece, (error) => resolve(!error));
  });
}

function brokenOff(error: NodeJS.ErrnoException | object, received: Received): TransportError {
  const facts = error instanceof TransportError ? error : undefined;
  const code = facts?.code ?? ('code' in error ? String(error.code) : 'ECONNRESET');
  return new TransportError('body', code, error, facts?.message, received);
}

function decoderOf(encoding: Encoding): Transform {
  switch (encoding) {
    case 'gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      return zlib.createZstdDecompress();
  }
}

function unusable(kubelet: Kubelet, title: string, cause?: unknown): KubeletFailure {
  return new KubeletFailure(
    `the ${kubelet.label} sent ${title}`,
    { why: 'unknown' },
    { cause, hints: ['re-run without --compressed'] },
  );
}
