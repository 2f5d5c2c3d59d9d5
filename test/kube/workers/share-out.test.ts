import { createServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import * as assert from 'uvu/assert';
import { Failure, Interrupted } from '../../../src/errors.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import type { Limits } from '../../../src/kube/transport/limits.ts';
import {
  type HttpResponse,
  openTransport,
  type Request,
  type Transport,
  type TransportSettings,
} from '../../../src/kube/transport/transport.ts';
import type { WorkerPipes } from '../../../src/kube/workers/ask-worker.ts';
import { countWorkers, distribute } from '../../../src/kube/workers/open-workers.ts';
import { serveRequests } from '../../../src/kube/workers/serve-requests.ts';
import { createAuthority } from '../../kit/certificates.ts';
import { transportTo } from '../../kit/connect.ts';
import { patientLimits } from '../../kit/hang-limits.ts';
import { concurrentSuite, suite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';
import { listen } from '../../sandbox/listen.ts';

const authority = await createAuthority('kubelets');
const serving = await authority.issue({ commonName: 'a', usage: 'server', ips: ['127.0.0.1'] });
const elsewhere = await authority.issue({ commonName: 'a', usage: 'server', ips: ['10.0.0.1'] });
const { signal: never } = new AbortController();
const get: Request = { method: 'GET', path: '/' };

interface Played extends WorkerPipes {
  readonly input: PassThrough;
  readonly output: PassThrough;
  /** Returns the number of requests that the worker received. */
  requests(): number;
}

/** A worker in this process. */
function play(): Played {
  const input = new PassThrough();
  const output = new PassThrough();
  let told = '';
  input.on('data', (chunk: Buffer) => {
    told += chunk.toString('latin1');
  });
  void serveRequests(input, output);
  return { input, output, requests: () => told.split('"method":').length - 1 };
}

const settingsOf = (port: number, tls: Partial<TransportSettings['tls']> = {}) =>
  transportTo(`https://127.0.0.1:${port}`, { ca: authority.cert, ...tls });

async function withServer(server: Server, use: (port: number) => Promise<void>): Promise<void> {
  const listener = await listen(server, '127.0.0.1');
  try {
    await use(listener.port);
  } finally {
    await listener.stop();
  }
}

/** Opens a transport through one worker. */
const withShared = (server: Server, use: (shared: Transport, worker: Played) => Promise<void>) =>
  withServer(server, async (port) => {
    const worker = play();
    const shared = distribute([worker]).open(settingsOf(port));
    try {
      await use(shared, worker);
    } finally {
      shared.close();
    }
  });

/** Sends a request whose JSON is to be joined into one line. */
async function sendJoining(shared: Transport) {
  const { body } = await shared.send({ ...get, joinsJson: true }, never, patientLimits);
  let text = '';
  for await (const piece of body) text += piece.now.toString();
  return { text, joinedFrom: body.joinedFrom };
}

/** Returns the parts of a response that a user can see, or its error. */
async function shown(answered: Promise<HttpResponse>): Promise<unknown> {
  let text = '';
  try {
    const { body, status, statusText, headers, rawHeaders, keepsAlive } = await answered;
    // Removes the date, because two answers have different dates.
    const head = { status, statusText, headers: { ...headers, date: '' }, keepsAlive };
    try {
      for await (const piece of body) text += piece.now.toString();
      return { ...head, names: rawHeaders.filter((_, at) => at % 2 === 0), text };
    } catch (error) {
      return { ...head, text, error: factsOf(error) };
    }
  } catch (error) {
    return { error: factsOf(error) };
  }
}

function factsOf(error: unknown): unknown {
  if (!(error instanceof TransportError)) return String(error);
  const { stage, code, message, received, cause } = error;
  return { stage, code, message, received, cause: (cause as Error | undefined)?.message };
}

const answering = (body: string | Buffer, status = 200) =>
  createServer(serving, (_, response) => {
    response.writeHead(status, ['Content-Type', 'application/json', 'X-A', 'é', 'X-A', 'c']);
    response.end(body);
  });
const writing = (text: string, ends: boolean) =>
  createTlsServer(serving, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => (ends ? socket.end(text) : socket.write(text)));
  });
const json = JSON.stringify({ a: 1.0, list: Array.from({ length: 2000 }, (_, at) => at) }, null, 2);

const servers: Readonly<
  Record<
    string,
    {
      readonly server: () => Server;
      readonly tls?: Partial<TransportSettings['tls']>;
      readonly limits?: Partial<Limits>;
    }
  >
> = {
  'a short answer': { server: () => answering('ok') },
  'no body': { server: () => answering('') },
  'a body of 3 MB': { server: () => answering(Buffer.alloc(3_000_000, 'x')) },
  'a denial': { server: () => answering('no', 403) },
  'a body that breaks off': {
    server: () => writing('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', true),
  },
  'an answer that is not HTTP': { server: () => writing('SSH-2.0\r\n', true) },
  'a certificate for another host': {
    server: () => createServer(elsewhere, (_, response) => response.end('ok')),
  },
  'an unknown authority': { server: () => answering('ok'), tls: { ca: elsewhere.cert } },
  'no valid authority': { server: () => answering('ok'), tls: { ca: 'nothing' } },
  'no answer': {
    server: () => createServer(serving, () => {}),
    limits: { responseMs: 300 },
  },
  'a body that does not end': {
    server: () => writing('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', false),
    limits: { deadline: 3000 },
  },
};

concurrentSuite('a worker', (test) => {
  for (const [title, { server, tls, limits = {} }] of Object.entries(servers))
    test(`returns the answer that this process would get: ${title}`, () =>
      withServer(server(), async (port) => {
        const worker = play();
        const shared = distribute([worker]).open(settingsOf(port, tls));
        const own = openTransport(settingsOf(port, tls));
        const now = () => {
          const { deadline = 60_000, ...others } = limits;
          return { ...patientLimits, ...others, deadline: performance.now() + deadline };
        };
        try {
          const expected = await shown(own.send(get, never, now()));
          assert.equal(await shown(shared.send(get, never, now())), expected);
          assert.is(worker.requests(), 1);
        } finally {
          shared.close();
          own.close();
        }
      }));

  test('joins JSON into one line if requested, and returns its original length', () =>
    withShared(answering(json), async (shared) => {
      const expected = { text: json.replaceAll(/\n */g, ''), joinedFrom: json.length };
      assert.equal(await sendJoining(shared), expected);
    }));

  for (const [title, body, status] of [
    ['a denial', json, 403],
    ['a large body', json.padEnd(600_000), 200],
    ['a body that is not JSON', `${json}}`, 200],
  ] as const)
    test(`leaves ${title} unchanged`, () =>
      withShared(answering(body, status), async (shared) => {
        const { text, joinedFrom } = await sendJoining(shared);
        assert.ok(text === body);
        assert.is(joinedFrom, undefined);
      }));

  test('delivers the beginning of a JSON body that breaks off before it is joined into one line', () =>
    withShared(
      writing('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a', true),
      async (shared) => {
        const sent = shared.send({ ...get, joinsJson: true }, never, patientLimits);
        const { text, error } = (await shown(sent)) as { text: string; error: object };
        assert.is(text, '{"a');
        assert.match(JSON.stringify(error), /"stage":"body","code":"ECONNRESET"/);
      },
    ));

  test('sends all requests to a server over one connection', () => {
    const sockets = new Set<Socket>();
    const server = createServer(serving, (request, response) => {
      sockets.add(request.socket);
      response.end('ok');
    });
    return withServer(server, async (port) => {
      const shared = distribute([play(), play()]).open(settingsOf(port));
      for (let round = 0; round < 3; round += 1)
        await shown(shared.send(get, never, patientLimits));
      assert.is(sockets.size, 1);
      const closed = new Promise((resolve) => [...sockets][0]?.once('close', resolve));
      shared.close();
      await closed;
    });
  });

  test('stops reading a body if its caller does not read it', async () => {
    let written = 0;
    const server = createServer(serving, (_, response) => {
      const more = () => {
        for (let goesOn = true; goesOn && !response.destroyed; written += 65536)
          goesOn = response.write(Buffer.alloc(65536));
      };
      response.on('drain', more);
      more();
    });
    await withShared(server, async (shared) => {
      const { body } = await shared.send(get, never, patientLimits);
      // Writing stops when the system has buffered a few megabytes for the connection.
      for (let before = -1; before !== written; await sleep(200)) before = written;
      assert.ok(written < 32 * 1024 * 1024, `${written} bytes`);
      const before = written;
      let bytes = 0;
      for await (const piece of body) {
        bytes += piece.length;
        if (bytes > before + 8 * 1024 * 1024) break;
      }
      assert.ok(written > before, `${written} bytes, ${before} before`);
    });
  });

  test('ends a request and its connection at an interrupt', async () => {
    const [begun, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const server = createServer(serving, ({ socket }) => {
      socket.once('close', closed.resolve);
      begun.resolve();
    });
    await withShared(server, async (shared) => {
      const interruption = new AbortController();
      const sent = shared.send(get, interruption.signal, patientLimits);
      await begun.promise;
      interruption.abort();
      assert.instance(await thrownBy(sent), Interrupted);
      await closed.promise;
    });
  });

  test('leaves all requests to this process if it ends before it answers', () =>
    withServer(answering('ok'), async (port) => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const workers = distribute([{ input, output }]);
      const first = workers.open(settingsOf(port));
      const sent = shown(first.send(get, never, patientLimits));
      output.destroy();
      assert.match(JSON.stringify(await sent), /"status":200.*"text":"ok"/);
      // After the worker has ended, this process sends all requests.
      for (const transport of [first, workers.open(settingsOf(port))]) {
        const answer = await shown(transport.send(get, never, patientLimits));
        assert.match(JSON.stringify(answer), /"status":200.*"text":"ok"/);
        transport.close();
      }
    }));

  test('makes the rest of a body fail if it ends before it has delivered the whole body', () =>
    withShared(
      writing('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', false),
      async (shared, worker) => {
        const { body } = await shared.send(get, never, patientLimits);
        const pieces = body[Symbol.asyncIterator]();
        assert.is(String((await pieces.next()).value?.now), 'abc');
        worker.output.destroy();
        const error = await thrownBy(pieces.next());
        assert.instance(error, Failure);
        assert.match(String(error), /a process that read the response has ended/);
      },
    ));

  test('cannot delay a request beyond the limits of the request, even if it hangs', async () => {
    const mute = { input: new PassThrough().resume(), output: new PassThrough() };
    const shared = distribute([mute]).open(settingsOf(1));
    const limits = { ...patientLimits, connectMs: 50, responseMs: 50 };
    const error = await shared.send(get, never, limits).catch((thrown: unknown) => thrown);
    assert.instance(error, TransportError);
    assert.is((error as TransportError).code, 'timeout');
    shared.close();
  });

  test('gets no request that has side effects, that is logged, or for which this process must check the certificate', () =>
    withServer(answering('ok'), async (port) => {
      const worker = play();
      const workers = distribute([worker]);
      const log = { sent: () => {}, received: () => {}, waits: () => {} };
      for (const [settings, request] of [
        [settingsOf(port), { ...get, method: 'POST' }],
        [settingsOf(port), { ...get, body: 'a' }],
        [{ ...settingsOf(port), log }, get],
        [settingsOf(port, { accept: async () => undefined }), get],
      ] as const) {
        const transport = workers.open(settings);
        assert.match(
          JSON.stringify(await shown(transport.send(request, never, patientLimits))),
          /200/,
        );
        transport.close();
      }
      assert.is(worker.requests(), 0);
    }));

  test('gets as many requests as the other workers', () =>
    withServer(
      createServer(serving, () => {}),
      async (port) => {
        const played = [play(), play(), play()];
        const workers = distribute(played);
        const interruption = new AbortController();
        const sent = Array.from({ length: 9 }, () =>
          workers.open(settingsOf(port)).send(get, interruption.signal, patientLimits),
        );
        await sleep(0);
        assert.equal(
          played.map((worker) => worker.requests()),
          [3, 3, 3],
        );
        interruption.abort();
        await Promise.allSettled(sent);
      },
    ));
});

suite('the number of workers', (test) => {
  test('equals the number of cores up to four, and is 0 for two cores', () => {
    assert.equal(
      [1, 2, 3, 4, 64].map((cores) => countWorkers(cores, 8e9)),
      [0, 0, 3, 4, 4],
    );
  });

  test('fits in half of the free memory', () => {
    assert.equal(
      [0, 128e6, 256e6, 512e6, 1e9].map((memory) => countWorkers(8, memory)),
      [0, 0, 1, 2, 4],
    );
  });
});
