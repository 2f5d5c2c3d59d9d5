import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Failure } from '../../../src/errors.ts';
import { kinds } from '../../../src/kube/api-server/kinds.ts';
import { answerJson, withFakeApiServer } from '../../kit/fake-api-server.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { thrownBy } from '../../kit/thrown-by.ts';

const path = '/api/v1/nodes/node-1';
const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'node-1' } };

type Served = Parameters<Parameters<typeof withFakeApiServer>[0]>;

/** Answers each request, and records its socket. */
function answering() {
  const sockets: Socket[] = [];
  const serve = (...[request, response]: Served) => {
    sockets.push(request.socket);
    answerJson(response, node);
  };
  return { sockets, serve };
}

/** Serves one request on each connection, and closes the connection when the next request arrives. */
function oneRequestEach(how: 'end' | 'reset') {
  const used = new WeakSet<Socket>();
  return (...[request, response]: Served) => {
    const { socket } = request;
    if (!used.has(socket)) {
      used.add(socket);
      return answerJson(response, node);
    }
    if (how === 'end') socket.end();
    else socket.destroy();
  };
}

concurrentSuite('a kept connection that the server closes', (test) => {
  for (const how of ['end', 'reset'] as const)
    test(`makes a GET use another connection: ${how}`, () =>
      withFakeApiServer(oneRequestEach(how), async (apiServer, lines) => {
        for (let round = 0; round < 3; round += 1)
          assert.is((await apiServer.get(path, kinds.Node)).metadata.name, 'node-1');
        assert.equal(lines, Array(5).fill(`GET ${path}`));
      }));

  test('makes GETs use new connections, even if many connections were kept', () =>
    withFakeApiServer(oneRequestEach('reset'), async (apiServer) => {
      for (let round = 0; round < 3; round += 1) {
        const gets = Array.from({ length: 8 }, () => apiServer.get(path, kinds.Node));
        assert.is((await Promise.all(gets)).length, 8);
      }
    }));

  for (const method of ['POST', 'PUT', 'DELETE'] as const)
    test(`does not repeat a ${method}, which the server may have executed`, () =>
      withFakeApiServer(oneRequestEach('reset'), async (apiServer, lines) => {
        await apiServer.get(path, kinds.Node);
        const error = await thrownBy(apiServer.write(method, path, node, kinds.Node));
        assert.instance(error, Failure);
        assert.match(String(error), /cannot reach the API server/);
        assert.equal(lines, [`GET ${path}`, `${method} ${path}`]);
      }));

  test('is not kept after a denied upgrade, because its state is then unknown', () => {
    const { sockets, serve } = answering();
    return withFakeApiServer(serve, async (apiServer) => {
      const headers = { connection: 'Upgrade', upgrade: 'websocket' };
      const answer = await apiServer.send({ method: 'GET', path, headers });
      await apiServer.read(answer, 1024);
      await apiServer.get(path, kinds.Node);
      await apiServer.get(path, kinds.Node);
      assert.is(sockets[0] === sockets[1], false);
      assert.is(sockets[1], sockets[2]);
    });
  });

  test('is not kept if bytes follow the response, because they would be read as the next response', () => {
    const sockets: Socket[] = [];
    const body = JSON.stringify(node);
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const serve = ({ socket }: { readonly socket: Socket }) => {
      sockets.push(socket);
      socket.write(answer + (sockets.length === 1 ? 'HTTP/1.1 500 Forged' : ''));
    };
    return withFakeApiServer(serve, async (apiServer) => {
      for (let round = 0; round < 3; round += 1)
        assert.is((await apiServer.get(path, kinds.Node)).metadata.name, 'node-1');
      assert.is(sockets[0] === sockets[1], false);
    });
  });

  test('is not used again if data arrived without a request', () => {
    const sockets: Socket[] = [];
    const closed = Promise.withResolvers<void>();
    const serve = (...[request, response]: Served) => {
      const { socket } = request;
      sockets.push(socket);
      answerJson(response, node);
      if (sockets.length > 1) return;
      socket.once('close', closed.resolve);
      response.once('finish', () => setTimeout(() => socket.write('HTTP/1.1 500 Forged'), 50));
    };
    return withFakeApiServer(serve, async (apiServer) => {
      await apiServer.get(path, kinds.Node);
      await Promise.race([closed.promise, sleep(2000)]);
      await apiServer.get(path, kinds.Node);
      assert.is(sockets[0] === sockets[1], false);
    });
  });

  test('is not kept if the response arrived before the server had read the request', () => {
    const { sockets, serve } = answering();
    return withFakeApiServer(serve, async (apiServer) => {
      // The body exceeds the buffers of the system, so that the server cannot have received all of it.
      const body = Buffer.alloc(32 * 1024 * 1024);
      await apiServer.read(await apiServer.send({ method: 'POST', path, body }), 1024);
      await apiServer.get(path, kinds.Node);
      assert.is(sockets[0] === sockets[1], false);
    });
  });

  test('differs from a new connection, on which no request is repeated', () =>
    withFakeApiServer(
      (request) => request.socket.destroy(),
      async (apiServer, lines) => {
        assert.instance(await thrownBy(apiServer.get(path, kinds.Node)), Failure);
        assert.is(lines.length, 1);
      },
    ));
});

/** Answers each request after `ms`, and records the connections. */
function answeringAfter(ms: number) {
  const sockets = new Set<Socket>();
  const answer = (...[request, response]: Served) => {
    sockets.add(request.socket);
    setTimeout(() => answerJson(response, node), ms);
  };
  return { sockets, answer };
}

concurrentSuite('many requests at once', (test) => {
  test('share a few connections if responses arrive at once', async () => {
    const { sockets, answer } = answeringAfter(0);
    await withFakeApiServer(answer, async (apiServer) => {
      const gets = Array.from({ length: 50 }, () => apiServer.get(path, kinds.Node));
      assert.is((await Promise.all(gets)).length, 50);
    });
    // The number of connections depends on the speed of the machine.
    assert.ok(sockets.size < 50, `${sockets.size}`);
  });

  test('get one connection each after a while if responses are slow', async () => {
    const { sockets, answer } = answeringAfter(3000);
    await withFakeApiServer(answer, async (apiServer) => {
      const gets = Array.from({ length: 40 }, () => apiServer.get(path, kinds.Node));
      assert.is((await Promise.all(gets)).length, 40);
    });
    assert.is(sockets.size, 40);
  });
});
