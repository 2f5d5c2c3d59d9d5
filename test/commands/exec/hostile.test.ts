import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { run } from '../../../src/run.ts';
import { withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters, sandboxToken } from '../../sandbox/sandbox.ts';
import { ended, exit, type StreamEnd, send } from '../../sandbox/streams.ts';

const exec = ['exec', 'web', '--allow-exec', '--', 'cat'];
const kubelet = /kubelet of node-1 at 127\.0\.0\.1:\d+/;

/** Writes bytes that a WebSocket would not send to its socket. */
const raw = (socket: WebSocket, bytes: number[]) =>
  (socket as unknown as { _socket: Writable })._socket.write(Buffer.from(bytes));

concurrentSuite('exec with a hostile kubelet', (test) => {
  const table: readonly [title: string, end: StreamEnd, stderr: RegExp, stdout?: string][] = [
    [
      'closes without a status',
      (socket) => {
        send(socket, 'stdout', 'half');
        socket.close(1000);
      },
      /^error: the connection to the kubelet of node-1 at [\d.:]+ ended before the command did: the connection was closed with code 1000\nwhy: .*unknown\nhint: kubectl kubeletaccess status\n$/,
      'half',
    ],
    [
      'ends the connection',
      (socket) => {
        send(socket, 'stdout', 'half');
        setTimeout(() => socket.terminate(), 20);
      },
      /ended before the command did: the connection was lost\n/,
      'half',
    ],
    [
      'says why it closes',
      (socket) => socket.close(1011, 'gone away'),
      /with code 1011: gone away\n/,
    ],
    [
      'sends a status that is not JSON',
      (socket) => send(socket, 'status', 'fine'),
      /^error: the kubelet of node-1 at [\d.:]+ sent a status that is not JSON\nwhy: it does not keep to the protocol/,
    ],
    [
      'sends to a channel of the client',
      (socket) => send(socket, 'stdin', 'x'),
      /sent a message for channel 0/,
    ],
    ['sends text', (socket) => socket.send('\u0001x'), /sent a text message/],
    [
      'sends an empty message',
      (socket) => socket.send(Buffer.alloc(0)),
      /a message without a channel/,
    ],
    [
      'sends more after the status',
      (socket) => {
        send(socket, 'status', JSON.stringify(ended(0)));
        send(socket, 'stdout', 'more');
      },
      /sent a message after the status/,
    ],
    [
      'sends a message of 2 MiB',
      (socket) => socket.send(Buffer.alloc(2 * 1024 * 1024, 1)),
      /sent an invalid message: Max payload size exceeded/,
    ],
    [
      // A length of 64 bits, more than any memory.
      'announces an endless message',
      (socket) => raw(socket, [0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
      /sent an invalid message/,
    ],
    [
      'breaks off within a message',
      (socket) => {
        raw(socket, [0x82, 100, 1, 65, 65]);
        setTimeout(() => socket.terminate(), 20);
      },
      /the connection was lost/,
    ],
    [
      'sends a frame of an unknown kind',
      (socket) => raw(socket, [0x8b, 0]),
      /sent an invalid message: Invalid WebSocket frame/,
    ],
    [
      'masks its messages',
      (socket) => raw(socket, [0x82, 0x81, 1, 2, 3, 4, 5]),
      /sent an invalid message/,
    ],
    [
      'cannot run the command',
      (socket) => {
        const message = 'error executing command in container: no\u001b[31m container';
        send(
          socket,
          'status',
          JSON.stringify({ status: 'Failure', reason: 'InternalError', message }),
        );
      },
      /could not run the command: error executing command in container: no\?\[31m container\n|could not run the command/,
    ],
    [
      'quotes a denial of another server',
      (socket) => {
        const denial = 'Forbidden (user=x, verb=create, resource=nodes, subresource=proxy)';
        const message = `error executing command: the registry says ${denial}`;
        send(socket, 'status', JSON.stringify({ status: 'Failure', message }));
      },
      /could not run the command: error executing command: the registry says Forbidden \(user=x, .*\)\n$/,
    ],
  ];
  for (const [title, end, stderr, stdout = ''] of table)
    test(`exits with 1 and a message if the kubelet ${title}`, () =>
      withSandbox(async ({ kubelets }, tool) => {
        Object.assign(kubelets[0]?.streams ?? {}, { end });
        const result = await tool(exec);
        assert.match(result.stderr, stderr);
        assert.equal([result.code, result.stdout], [1, stdout]);
        assert.not.match(result.stderr, /\u001b|\n {4}at /);
      }));

  test('answers the newest ping of a kubelet that pings too fast, and reads to the end', () =>
    withSandbox(async ({ kubelets }, tool) => {
      let pongs = 0;
      Object.assign(kubelets[0]?.streams ?? {}, {
        end: (socket: WebSocket) => {
          socket.on('pong', (data: Buffer) => {
            pongs += 1;
            // The answer to the newest ping.
            if (data.toString() === '999') exit(socket, 5);
          });
          for (let count = 0; count < 1000; count += 1) socket.ping(String(count));
        },
      });
      assert.is((await tool(exec)).code, 5);
      assert.ok(pongs >= 1);
    }));

  for (const [title, end] of [
    ['after a frame of an unknown kind', (socket: WebSocket) => raw(socket, [0x8b, 0])],
    ['after it has closed without a status', (socket: WebSocket) => raw(socket, [0x88, 0])],
  ] as const)
    test(`disconnects a kubelet that keeps its connection open ${title}`, () =>
      withSandbox(async ({ kubelets }, tool) => {
        Object.assign(kubelets[0]?.streams ?? {}, {
          end: (socket: WebSocket) => {
            socket.removeAllListeners('close');
            socket.pause();
            end(socket);
          },
        });
        const { code, stderr } = await tool(exec);
        assert.is(code, 1);
        assert.match(stderr, /ended before the command did|an invalid message/);
      }));

  test('disconnects a kubelet that does not close after the status', () =>
    withSandbox(async ({ kubelets }, tool) => {
      Object.assign(kubelets[0]?.streams ?? {}, {
        end: (socket: WebSocket) => {
          socket.removeAllListeners('close');
          send(socket, 'status', JSON.stringify(ended(3)));
          socket.pause();
        },
      });
      assert.is((await tool(exec)).code, 3);
    }));

  test('quotes the denial of a kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [{ apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get'] }]);
      const { code, stderr } = await tool(exec, 'dev');
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ answered GET \/exec\/default\/web with 403: Forbidden \(user=dev, verb=get, resource=nodes, subresource\(s\)=\[proxy\]\)\nwhy: /,
      );
    }));

  test('reports a denial of the API server', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
      const { code, stderr } = await tool(
        [...exec.slice(0, -2), '--via', 'apiserver', '--', 'cat'],
        'dev',
      );
      assert.is(code, 1);
      assert.match(
        stderr,
        /^Error from server \(Forbidden\): pods "web" is forbidden: User "dev" cannot create resource "pods\/exec"/,
      );
    }));

  test('quotes a kubelet that denies the SPDY request of the API server, with the remedy', () =>
    withSandbox(inMasters, async ({ kubelets }, tool) => {
      const denial = 'Forbidden (user=Kubernetes, verb=create, resource=nodes, subresource=proxy)';
      const message = `Internal error occurred: unable to upgrade connection: ${denial}`;
      const status = JSON.stringify({ status: 'Failure', reason: 'InternalError', message });
      const end: StreamEnd = (socket) => send(socket, 'status', status);
      Object.assign(kubelets[0]?.streams ?? {}, { end });
      const { code, stderr } = await tool([
        ...exec.slice(0, -2),
        '--via',
        'apiserver',
        '--',
        'cat',
      ]);
      assert.is(code, 1);
      assert.match(
        stderr,
        `answered POST /exec/default/web with 403: ${denial}\nwhy: the kubelet denied kube-apiserver (user "Kubernetes")`,
      );
      assert.match(stderr, '\nhint: kubectl kubeletaccess grant');
    }));

  test('does not treat a failed command with code 0 as success', () =>
    withScriptedKubelet(
      (_request, response) => {
        response.statusCode = 500;
        response.end("command 'cat' exited with 0: ");
      },
      async ({ tool }) => {
        const { code, stderr } = await tool('exec web --no-upgrade --allow-exec -- cat');
        assert.is(code, 1);
        assert.match(stderr, "with 500: command 'cat' exited with 0:\n");
      },
    ));

  test('exits with 1 if the handlers of the kubelet are switched off', () =>
    withSandbox({ nodes: ['handlers-off'] }, async (_, tool) => {
      const { code, stderr } = await tool(exec);
      assert.is(code, 1);
      assert.match(stderr, kubelet);
      assert.match(stderr, /\n(?:why|remedy): /);
    }));

  test('sends no token to a kubelet that is not verified', () =>
    withSandbox(async ({ kubelets, kubeconfigs }) => {
      const seen: IncomingMessage['headers'][] = [];
      Object.assign(kubelets[0]?.streams ?? {}, {
        end: (socket: WebSocket, request: IncomingMessage) => {
          seen.push(request.headers);
          exit(socket, 0);
        },
      });
      const env = { KUBECONFIG: kubeconfigs.token };
      const insecure = await runTool(['exec', '-k', ...exec.slice(1)], { env });
      assert.is(insecure.code, 1);
      assert.match(
        insecure.stderr,
        /a token is never sent to a kubelet whose certificate is not verified/,
      );
      assert.equal([seen, kubelets[0]?.requests], [[], []]);
      const kept = await runTool(exec, { env });
      assert.match(kept.stderr, /^error: your token is not shown to kubelets/);
      assert.equal([seen, kubelets[0]?.requests], [[], []]);
      const verified = await runTool(['exec', '--via', 'direct', ...exec.slice(1)], { env });
      assert.is(verified.code, 0, verified.stderr);
      assert.is(seen[0]?.authorization, `Bearer ${sandboxToken}`);
    }));

  test('sends no request to a kubelet with another certificate', () =>
    withSandbox({ nodes: ['other-authority'] }, async ({ kubelets, kubeconfigs }) => {
      const { code } = await runTool(exec, { env: { KUBECONFIG: kubeconfigs.token } });
      assert.equal([code, kubelets[0]?.requests], [1, []]);
    }));
});

concurrentSuite('exec with a slow side', (test) => {
  test('does not buffer output without limit if nobody reads it', () =>
    withSandbox(async ({ kubelets, kubeconfigs }) => {
      let sent = 0;
      const chunk = Buffer.alloc(32 * 1024, 1);
      Object.assign(kubelets[0]?.streams ?? {}, {
        end: async (socket: WebSocket) => {
          const deadline = performance.now() + 1500;
          while (performance.now() < deadline) {
            if (socket.bufferedAmount < 100_000) {
              socket.send(chunk);
              sent += chunk.length;
            }
            await sleep(0);
          }
          exit(socket, 0);
        },
      });
      const aborting = new AbortController();
      const stuck = new Writable({ write: () => {} });
      const running = run(exec, {
        env: { KUBECONFIG: kubeconfigs.admin },
        stdin: process.stdin,
        stdout: stuck,
        stderr: new Writable({ write: (_, __, done) => done() }),
        colorDepth: 1,
        cwd: '/',
        signal: aborting.signal,
      });
      await sleep(1200);
      // The limit covers the buffers of this process and of both sides of the connection.
      assert.ok(sent > 0 && sent < 16 * 1024 * 1024, `${sent}`);
      aborting.abort();
      assert.is(await running, 130);
    }));

  test('does not read input without limit if the kubelet does not take it', () =>
    withSandbox(async ({ kubelets, kubeconfigs }) => {
      Object.assign(kubelets[0]?.streams ?? {}, { end: (socket: WebSocket) => socket.pause() });
      let read = 0;
      const { PassThrough } = await import('node:stream');
      const stdin = new PassThrough();
      const aborting = new AbortController();
      const sink = () => new Writable({ write: (_, __, done) => done() });
      const running = run(['exec', '-i', ...exec.slice(1)], {
        env: { KUBECONFIG: kubeconfigs.admin },
        ...{ stdin, stdout: sink(), stderr: sink(), colorDepth: 1, cwd: '/' },
        signal: aborting.signal,
      });
      const chunk = Buffer.alloc(64 * 1024);
      const deadline = performance.now() + 1500;
      while (performance.now() < deadline && read < 64 * 1024 * 1024) {
        read += chunk.length;
        if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain'), sleep(300)]);
      }
      assert.ok(read < 24 * 1024 * 1024, `${read}`);
      aborting.abort();
      assert.is(await running, 130);
    }));
});
