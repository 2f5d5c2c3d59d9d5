import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { defaultLimits, type Limits } from '../../../src/kube/transport/limits.ts';
import {
  bodyError,
  type HttpResponse,
  openTransport,
} from '../../../src/kube/transport/transport.ts';
import { transportTo } from '../../kit/connect.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';

inVirtualTime();

const { signal } = new AbortController();

/** Reads a response that `serve` writes; returns the text that arrived, and the error that ended it, if any. */
async function readFrom(serve: (socket: Socket) => void, limits: Limits = defaultLimits) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => serve(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = openTransport(transportTo(url));
  try {
    const answer = await transport.send({ method: 'GET', path: '/' }, signal, limits);
    return { answer, ...(await readAll(answer)) };
  } finally {
    transport.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function readAll({ body }: HttpResponse): Promise<{ text: string; error?: Error }> {
  let text = '';
  try {
    for await (const piece of body) text += piece.now.toString();
    return { text };
  } catch (error) {
    return { text, error: bodyError(error, signal) };
  }
}

function isBodyError(error: Error | undefined, code: string | RegExp): void {
  assert.instance(error, TransportError);
  const { stage, code: given } = error as TransportError;
  assert.is(stage, 'body');
  assert.match(given, code);
}

const cuts: readonly (readonly [title: string, text: string])[] = [
  ['within its length', 'content-length: 10\r\n\r\nhello'],
  ['within a chunk', 'transfer-encoding: chunked\r\n\r\na\r\nhello'],
  ['before the last chunk', 'transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ['within the last chunk', 'transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n'],
];

suite('a body', (test) => {
  for (const [title, text] of cuts)
    for (const how of ['end', 'resetAndDestroy'] as const)
      test(`gives the received text and then an error if it breaks off ${title} by ${how}()`, async () => {
        const { text: came, error } = await readFrom((socket) => {
          socket.write(`HTTP/1.1 200 OK\r\n${text}`);
          setTimeout(() => socket[how](), 20);
        });
        assert.is(came, 'hello');
        isBodyError(error, 'ECONNRESET');
      });

  test('is complete without a length when its connection ends, but not when the connection is reset', async () => {
    const write = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhello');
    const ended = await readFrom((socket) => {
      write(socket);
      setTimeout(() => socket.end(), 20);
    });
    assert.equal([ended.text, ended.error], ['hello', undefined]);
    const reset = await readFrom((socket) => {
      write(socket);
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    assert.is(reset.text, 'hello');
    isBodyError(reset.error, 'ECONNRESET');
  });

  test('fails at the deadline if it does not end', async () => {
    const { text, error } = await readFrom(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const timer = setInterval(() => socket.write('.'), 5);
        socket.once('close', () => clearInterval(timer));
      },
      { ...defaultLimits, deadline: performance.now() + 200 },
    );
    assert.match(text, /^\.+$/);
    isBodyError(error, 'timeout');
  });

  test('may end later than the deadline for the head of the response', async () => {
    const { text, error } = await readFrom(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\nhello');
        setTimeout(() => socket.end(' again'), 300);
      },
      { ...defaultLimits, deadline: performance.now() + 150, isBodyFree: true },
    );
    assert.equal([text, error], ['hello again', undefined]);
  });
});

suite('the timing of a response', (test) => {
  test('separates the wait for the first byte from the connection', async () => {
    const { answer } = await readFrom((socket) => {
      setTimeout(() => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 100);
    });
    const { dnsMs, connectMs, tlsMs, firstByteMs } = answer.timing;
    assert.is(dnsMs, 0);
    assert.equal([connectMs, tlsMs, firstByteMs].map(Math.round), [0, 0, 100]);
  });
});
