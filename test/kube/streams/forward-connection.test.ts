import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { Interrupted } from '../../../src/errors.ts';
import {
  ClosedInSilence,
  forwardConnection,
  PortFailed,
} from '../../../src/kube/streams/forward-connection.ts';
import { connectClient, sendBytes } from '../../kit/forwarding.ts';
import { hangLimits } from '../../kit/hang-limits.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { beginPort, podOnLoopback, sendTo } from '../../sandbox/port-forward.ts';
import type { StreamEnd } from '../../sandbox/streams.ts';

interface Ends {
  /** Result or error of `forwardConnection`. */
  readonly forwarded: Promise<unknown>;
  readonly local: number;
}

/** Forwards one client to port 80 of a WebSocket server. */
async function withConnection(
  serve: StreamEnd,
  options: {
    /** By default, the silence of the pod never ends the connection. */
    readonly silenceMs?: number;
    readonly port?: number;
    /** Whether the number of the port is sent before `serve` is called; by default true. */
    readonly begins?: boolean;
    readonly autoPong?: boolean;
    readonly signal?: AbortSignal;
    readonly connected?: (client: Socket) => void;
  },
  use: (ends: Ends) => Promise<void>,
): Promise<void> {
  const web = createServer();
  const { autoPong = true, begins = true } = options;
  new WebSocketServer({ server: web, autoPong }).on('connection', (socket, request) => {
    if (begins) beginPort(socket, 80);
    serve(socket, request);
  });
  const port = await listen(web);
  const { port: remotePort = 80, silenceMs = hangLimits.wait } = options;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const forward = async (client: Socket) => {
    const remote = new WebSocket(`ws://127.0.0.1:${port}/?port=${remotePort}`);
    remote.once('open', () => remote.pause());
    await once(remote, 'open');
    const { signal = new AbortController().signal } = options;
    await forwardConnection(client, remote, { port: remotePort, silenceMs, signal });
    return 'done';
  };
  const tcp = createTcpServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    options.connected?.(client);
    forward(client).then(resolve, resolve);
  });
  try {
    await use({ forwarded: promise, local: await listen(tcp) });
  } finally {
    web.close();
    tcp.close();
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as { port: number }).port;
}

/** Starts a server that stands for a program in the pod. */
async function withProgram(
  serve: (socket: Socket) => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = createTcpServer({ allowHalfOpen: true }, serve);
  try {
    await use(await listen(server));
  } finally {
    server.close();
  }
}

concurrentSuite('a forwarded connection', (test) => {
  test('delivers the answer of a pod after the client has ended its side', () =>
    withConnection(
      (socket) => {
        socket.on('message', (message: Buffer) => {
          if (message.length === 1) return;
          setTimeout(() => {
            sendTo(socket, 0, 'late');
            socket.close(1000);
          }, 300);
        });
      },
      {},
      async ({ local, forwarded }) => {
        const client = connectClient(local);
        client.socket.end('a question');
        const { text, end } = await client.received;
        assert.equal([text, end], ['late', 'end']);
        assert.is(await forwarded, 'done');
      },
    ));

  test('resets its client if the connection ends within a message', () =>
    withConnection(
      (socket) => {
        socket.send(Buffer.concat([Buffer.of(0), Buffer.from('half')]), { fin: false });
        socket.close(1000);
      },
      {},
      async ({ local, forwarded }) => {
        const { end } = await connectClient(local).received;
        assert.is(end, 'reset');
        assert.match(String(await forwarded), 'the connection was closed within a message');
      },
    ));

  test('keeps the first 8 KiB of a longer error', () =>
    withConnection(
      (socket) => {
        for (const sign of 'abc') sendTo(socket, 1, sign.repeat(6000));
        socket.close(1000);
      },
      {},
      async ({ local, forwarded }) => {
        assert.is((await connectClient(local).received).end, 'reset');
        const failure = await forwarded;
        assert.instance(failure, PortFailed);
        assert.is((failure as Error).message, 'a'.repeat(6000) + 'b'.repeat(8192 - 6000));
      },
    ));

  test('resets its client after the pod has sent nothing for a while, but not while the pod sends data', () =>
    withConnection(
      (socket) => {
        let sent = 0;
        const timer = setInterval(() => {
          if (sent === 8) clearInterval(timer);
          else sendTo(socket, 0, String(sent++));
        }, 400);
      },
      { silenceMs: 2000 },
      async ({ local, forwarded }) => {
        const client = connectClient(local);
        client.socket.end('a question');
        const { text, end } = await client.received;
        assert.equal([text, end], ['01234567', 'reset']);
        const how = await forwarded;
        assert.ok(how instanceof ClosedInSilence && how.isAwaited);
      },
    ));

  for (const [title, answer, isAwaited] of [
    ['closed after the answer', 'an answer', false],
    ['waits for an answer', undefined, true],
  ] as const)
    test(`that is closed for silence reports that its client ${title}`, () =>
      withConnection(
        (socket) =>
          socket.on('message', (message: Buffer) => {
            if (message.length > 1 && answer !== undefined) sendTo(socket, 0, answer);
          }),
        { silenceMs: 100 },
        async ({ local, forwarded }) => {
          const { socket, received } = connectClient(local);
          socket.write('a question');
          if (answer !== undefined) await once(socket, 'data');
          socket.end();
          assert.is((await received).end, 'reset');
          const how = await forwarded;
          assert.is(how instanceof ClosedInSilence && how.isAwaited, isAwaited);
        },
      ));

  test('delivers all bytes to a slow client', async () => {
    let atForward: Socket | undefined;
    let bytes = 0;
    const filled = Promise.withResolvers<void>();
    /** Sends data until the buffers of the operating system are full. The program then holds a few bytes, but too few to stop reading. */
    const fill = async (socket: WebSocket) => {
      while (!atForward?.writableLength) {
        sendTo(socket, 0, Buffer.alloc(4096));
        bytes += 4096;
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.close(1000);
      filled.resolve();
    };
    await withConnection(
      (socket) => void fill(socket),
      { silenceMs: 1000, connected: (client) => (atForward = client) },
      async ({ local, forwarded }) => {
        const { socket, received } = connectClient(local);
        socket.pause();
        await filled.promise;
        await sleep(4000);
        assert.is(await Promise.race([forwarded, Promise.resolve('open')]), 'open');
        socket.resume();
        const { bytes: came, end } = await received;
        assert.equal([came, end], [bytes, 'end']);
        assert.is(await forwarded, 'done');
      },
    );
  });

  test('resets a client with unread bytes at an interrupt', () => {
    const interruption = new AbortController();
    return withConnection(
      (socket) => {
        for (let turn = 0; turn < 200; turn += 1) sendTo(socket, 0, Buffer.alloc(65_536));
        socket.close(1000);
      },
      { signal: interruption.signal },
      async ({ local, forwarded }) => {
        const { socket, received } = connectClient(local);
        socket.pause();
        await sleep(1000);
        interruption.abort();
        assert.instance(await forwarded, Interrupted);
        socket.resume();
        assert.is((await received).end, 'reset');
      },
    );
  });

  test('delivers all bytes to a slow program before the end of the client', () => {
    const bytes = 8 * 1024 * 1024;
    let received = 0;
    const ended = Promise.withResolvers<void>();
    return withProgram(
      (socket) => {
        socket.on('data', (data) => {
          received += data.length;
          socket.pause();
          setTimeout(() => socket.resume(), 5);
        });
        socket.on('end', () => ended.resolve());
      },
      (port) =>
        withConnection(podOnLoopback, { silenceMs: 50, port, begins: false }, async ({ local }) => {
          const { socket } = connectClient(local);
          await sendBytes(socket, bytes);
          socket.end();
          await ended.promise;
          assert.is(received, bytes);
        }),
    );
  });

  test('is not closed before the kubelet confirms that all bytes were read', () => {
    const seen: string[] = [];
    return withConnection(
      (socket) => {
        socket.on('message', (message: Buffer) => seen.push(message.subarray(1).toString()));
        socket.on('ping', (word: Buffer) => {
          setTimeout(() => {
            seen.push('read');
            socket.pong(word);
          }, 300);
        });
        socket.on('close', () => seen.push('closed'));
      },
      { silenceMs: 50, autoPong: false },
      async ({ local, forwarded }) => {
        connectClient(local).socket.end('all');
        await forwarded;
        await sleep(50);
        assert.equal(seen, ['all', '', 'read', 'closed']);
      },
    );
  });

  test('ends at once when the client is gone', () => {
    const closed = Promise.withResolvers<number>();
    return withConnection(
      (socket) => {
        socket.on('close', (code) => closed.resolve(code));
      },
      {},
      async ({ local, forwarded }) => {
        const socket = connect(local, '127.0.0.1');
        await once(socket, 'connect');
        await sleep(100);
        socket.resetAndDestroy();
        assert.is(await closed.promise, 1000);
        assert.is(await forwarded, 'done');
      },
    );
  });

  test('reports a violation of the protocol even if the client is gone', () => {
    const gone = Promise.withResolvers<void>();
    return withConnection(
      (socket) => {
        // The client is paused, so that it does not notice the end of the connection.
        socket.pause();
        void gone.promise.then(() => {
          socket.send('a text');
          socket.resume();
        });
      },
      { connected: (client) => client.once('close', () => gone.resolve()) },
      async ({ local, forwarded }) => {
        const socket = connect(local, '127.0.0.1');
        await once(socket, 'connect');
        await sleep(100);
        socket.resetAndDestroy();
        assert.match(String(await forwarded), 'a text message, where all are binary');
      },
    );
  });

  test('distinguishes an error in the pod from the end of the connection, even if the port number arrives in pieces', async () => {
    const cases: readonly (readonly [serve: StreamEnd, ending: string])[] = [
      [
        (socket) => {
          for (const piece of [80, 0])
            for (const channel of [0, 1]) sendTo(socket, channel, Buffer.of(piece));
          sendTo(socket, 1, 'no ');
          sendTo(socket, 1, 'luck');
          socket.close(1000);
        },
        'no luck',
      ],
      [
        (socket) => {
          socket.close(1000);
        },
        'done',
      ],
      [(socket) => socket.terminate(), 'the connection was lost'],
    ];
    for (const [serve, ending] of cases)
      await withConnection(serve, { begins: false }, async ({ local, forwarded }) => {
        const { received } = connectClient(local);
        const how = await forwarded;
        assert.is(how instanceof Error ? how.message : how, ending);
        assert.is((await received).end, how === 'done' ? 'end' : 'reset');
      });
  });
});
