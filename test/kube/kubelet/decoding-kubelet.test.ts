import { once } from 'node:events';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { decodingKubelet } from '../../../src/kube/kubelet/decoding-kubelet.ts';
import type { Kubelet } from '../../../src/kube/kubelet/kubelet.ts';
import { KubeletFailure } from '../../../src/kube/kubelet/kubelet-failure.ts';
import { readChunks } from '../../../src/kube/kubelet/read-chunks.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import type { Answer, Request } from '../../../src/kube/transport/transport.ts';
import { suite } from '../../kit/suite.ts';

const text = 'the same line again and again\n'.repeat(5000);
const signal = new AbortController().signal;

/** What a decoding kubelet makes of one answer. */
function answering(body: Readable, headers: Record<string, string>) {
  const sent: Request[] = [];
  const kubelet = {
    label: 'kubelet of node-1',
    send: async (request: Request) => {
      sent.push(request);
      return { status: 200, headers, body } as unknown as Answer;
    },
    broken: (error: unknown) => error,
  } as Kubelet;
  return { kubelet: decodingKubelet(kubelet), sent };
}

/** No more than `most` bytes. */
async function readBytes(kubelet: Kubelet, answer: Answer, most: number, idleMs = 20_000) {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readChunks(kubelet, answer, { idleMs, signal })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return Buffer.concat(chunks);
}

async function read(chunks: readonly Buffer[], encoding: string, most = 1e9) {
  const source = Readable.from(chunks, { objectMode: false });
  const { kubelet } = answering(source, { 'content-encoding': encoding });
  const answer = await kubelet.send({ method: 'GET', path: '/' });
  return readBytes(kubelet, answer, most);
}

const split = (bytes: Buffer) =>
  Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(7 * i, 7 * i + 7));

suite('a kubelet that is asked for compressed answers', (test) => {
  for (const [encoding, bytes] of [
    ['gzip', gzipSync(text)],
    ['GZIP ', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['identity', Buffer.from(text)],
  ] as const)
    test(`decodes ${encoding.trim()}, in whatever pieces it comes`, async () => {
      assert.is((await read(split(bytes), encoding)).toString(), text);
      assert.is((await read([bytes], encoding)).toString(), text);
    });

  test('asks for the encoding that kubelets know, unless the user asks for others', async () => {
    const { kubelet, sent } = answering(Readable.from([]), {});
    await kubelet.send({ method: 'GET', path: '/' });
    await kubelet.send({ method: 'GET', path: '/', headers: { 'accept-encoding': 'br' } });
    assert.equal(
      sent.map(({ headers }) => headers?.['accept-encoding']),
      ['gzip', 'br'],
    );
  });

  test('leaves the headers as they came', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': '5' };
    const { kubelet } = answering(Readable.from([gzipSync('')]), headers);
    assert.is((await kubelet.send({ method: 'GET', path: '/' })).headers, headers);
  });

  test('counts decoded bytes: a small answer may be a large body', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    assert.ok(bomb.length < 20_000);
    const bytes = await read([bomb], 'gzip', 1_000_000);
    assert.ok(bytes.length < 1_200_000, String(bytes.length));
  });

  test('takes the answer to HEAD, which has only the header, for empty', async () =>
    assert.is((await read([], 'gzip')).length, 0));

  const damaged = gzipSync(text);
  damaged.fill(0, damaged.length / 2);
  for (const [title, bytes] of [
    ['cut short', gzipSync(text).subarray(0, -10)],
    ['overwritten', damaged],
    ['not gzip at all', Buffer.from(text)],
  ] as const)
    test(`fails on gzip that is ${title}`, async () => {
      const error = await read([bytes], 'gzip').catch((thrown: unknown) => thrown);
      assert.instance(error, KubeletFailure);
      assert.match(
        (error as Error).message,
        /^the kubelet of node-1 sent a damaged gzip body: [a-z ]+$/,
      );
    });

  test('fails on an encoding that it does not know, and reads nothing', async () => {
    const source = Readable.from([text]);
    const { kubelet } = answering(source, { 'content-encoding': 'compress' });
    const error = await kubelet.send({ method: 'GET', path: '/' }).catch((thrown) => thrown);
    assert.match(error.message, /the encoding "compress", which --compressed cannot decode$/);
    assert.ok(source.destroyed);
  });

  test('says how many bytes of the body came before the connection was cut', async () => {
    const cut = async function* () {
      yield gzipSync(text).subarray(0, 50);
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    };
    const source = Readable.from(cut(), { objectMode: false });
    const headers = { 'content-encoding': 'gzip', 'content-length': '900' };
    const { kubelet } = answering(source, headers);
    const answer = await kubelet.send({ method: 'GET', path: '/' });
    const error = await readBytes(kubelet, answer, 1e9).catch((thrown: unknown) => thrown);
    assert.instance(error, TransportError);
    const { code, received } = error as TransportError;
    assert.equal([code, received], ['ECONNRESET', { bytes: 50, of: 900 }]);
  });

  test('ends at the limits although nothing comes, and closes the connection', async () => {
    const source = new Readable({ read: () => {} });
    source.push(gzipSync(text).subarray(0, 50));
    const { kubelet } = answering(source, { 'content-encoding': 'gzip' });
    const answer = await kubelet.send({ method: 'GET', path: '/' });
    const error = await readBytes(kubelet, answer, 1e9, 300).catch((thrown: unknown) => thrown);
    assert.is((error as TransportError).code, 'timeout');
    if (!source.closed) await once(source, 'close');
  });

  test('decodes no more than is read', async () => {
    const chunk = gzipSync(Buffer.alloc(1_000_000));
    let sent = 0;
    const endless = async function* () {
      for (;;) {
        sent += 1;
        yield chunk;
      }
    };
    const { kubelet } = answering(Readable.from(endless(), { objectMode: false }), {
      'content-encoding': 'gzip',
    });
    const { body } = await kubelet.send({ method: 'GET', path: '/' });
    const pieces = body[Symbol.asyncIterator]();
    await pieces.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(sent < 100, `${sent} chunks`);
    await pieces.return?.();
  });
});
