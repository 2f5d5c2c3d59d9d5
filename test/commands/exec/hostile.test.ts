import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { withScriptedKubelet } from '../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { checkFailure, startTool, type ToolOptions } from '../../kit/tool.ts';
import { allow, type Use, withSandbox } from '../../kit/with-sandbox.ts';
import { inMasters, sandboxToken } from '../../sandbox/sandbox.ts';
import { ended, exit, type StreamEnd, send } from '../../sandbox/streams.ts';

const exec = ['exec', 'web', '--allow-exec', '--', 'cat'];
const kubelet = /kubelet of node-1 at 127\.0\.0\.1:\d+/;

/** Writes bytes directly to the socket under a WebSocket, because the WebSocket itself would not send them. */
const raw = (socket: WebSocket, bytes: number[]) =>
  (socket as unknown as { _socket: Writable })._socket.write(Buffer.from(bytes));

const sendStatus = (socket: WebSocket, status: object) =>
  send(socket, 'status', JSON.stringify(status));

/** The kubelet of `web` ends each stream with `end`. */
const withEnd = (end: StreamEnd, use: Use, options = {}) =>
  withSandbox(options, (sandbox, tool) => {
    Object.assign(sandbox.kubelets[0]?.streams ?? {}, { end });
    return use(sandbox, tool);
  });

const viaApiServer = ['exec', 'web', '--via', 'apiserver', '--', 'cat'];

concurrentSuite('exec with a hostile kubelet', (test) => {
  const table: readonly [title: string, end: StreamEnd, stderr: RegExp, stdout?: string][] = [
    [
      'closes the connection without a status',
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
      'gives a reason when it closes the connection',
      (socket) => socket.close(1011, 'gone away'),
      /with code 1011: gone away\n/,
    ],
    [
      'sends a status that is not JSON',
      (socket) => send(socket, 'status', 'fine'),
      /^error: the kubelet of node-1 at [\d.:]+ sent a status that is not JSON\nwhy: it does not keep to the protocol/,
    ],
    [
      'sends more output after the status',
      (socket) => {
        sendStatus(socket, ended(0));
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
      'cannot run the command',
      (socket) => {
        const message = 'error executing command in container: no\u001b[31m container';
        sendStatus(socket, { status: 'Failure', reason: 'InternalError', message });
      },
      /could not run the command: error executing command in container: no\?\[31m container\n|could not run the command/,
    ],
    [
      'quotes a denial of another server',
      (socket) => {
        const denial = 'Forbidden (user=x, verb=create, resource=nodes, subresource=proxy)';
        const message = `error executing command: the registry says ${denial}`;
        sendStatus(socket, { status: 'Failure', message });
      },
      /could not run the command: error executing command: the registry says Forbidden \(user=x, .*\)\n$/,
    ],
  ];
  for (const [title, end, stderr, stdout = ''] of table)
    test(`exits with 1 and a message if the kubelet ${title}`, () =>
      withEnd(end, async (_, tool) => {
        const result = await tool(exec);
        assert.match(result.stderr, stderr);
        assert.equal([result.code, result.stdout], [1, stdout]);
        assert.not.match(result.stderr, /\u001b|\n {4}at /);
      }));

  test('answers the newest ping of a kubelet that pings too fast, and reads to the end', () =>
    withEnd(
      (socket) => {
        socket.on('pong', (data: Buffer) => {
          // Ends when the client answers the newest ping.
          if (data.toString() === '999') exit(socket, 5);
        });
        for (let count = 0; count < 1000; count += 1) socket.ping(String(count));
      },
      async (_, tool) => assert.is((await tool(exec)).code, 5),
    ));

  for (const [title, end, expected, message] of [
    [
      'after a frame of an unknown kind',
      (socket: WebSocket) => raw(socket, [0x8b, 0]),
      1,
      /an invalid message/,
    ],
    [
      'after it has closed without a status',
      (socket: WebSocket) => raw(socket, [0x88, 0]),
      1,
      /ended before the command did/,
    ],
    ['after the status', (socket: WebSocket) => sendStatus(socket, ended(3)), 3, /^$/],
  ] as const)
    test(`disconnects a kubelet that keeps its connection open ${title}`, () =>
      withEnd(
        (socket) => {
          socket.removeAllListeners('close');
          end(socket);
          socket.pause();
        },
        async (_, tool) => {
          const { code, stderr } = await tool(exec);
          assert.is(code, expected);
          assert.match(stderr, message);
        },
      ));

  for (const [title, resources, args, expected] of [
    [
      'kubelet',
      ['pods', 'nodes'],
      exec,
      /^error: the kubelet of node-1 at [\d.:]+ answered GET \/exec\/default\/web with 403: Forbidden \(user=dev, verb=get, resource=nodes, subresource\(s\)=\[proxy\]\)\nwhy: /,
    ],
    [
      'API server',
      ['pods'],
      viaApiServer,
      /^Error from server \(Forbidden\): pods "web" is forbidden: User "dev" cannot create resource "pods\/exec"/,
    ],
  ] as const)
    test(`quotes a denial of the ${title}`, () =>
      withSandbox(async (sandbox, tool) => {
        allow(sandbox, 'dev', [{ apiGroups: [''], resources: [...resources], verbs: ['get'] }]);
        checkFailure(await tool(args, 'dev'), expected);
      }));

  test('quotes a kubelet that denies the SPDY request of the API server, and prints the remedy', () => {
    const denial = 'Forbidden (user=Kubernetes, verb=create, resource=nodes, subresource=proxy)';
    const message = `Internal error occurred: unable to upgrade connection: ${denial}`;
    return withEnd(
      (socket) => sendStatus(socket, { status: 'Failure', reason: 'InternalError', message }),
      async (_, tool) => {
        const { code, stderr } = await tool(viaApiServer);
        assert.is(code, 1);
        assert.match(
          stderr,
          `answered POST /exec/default/web with 403: ${denial}\nwhy: the kubelet denied kube-apiserver (user "Kubernetes")`,
        );
        assert.match(stderr, '\nhint: kubectl kubeletaccess grant');
      },
      inMasters,
    );
  });

  test('does not treat a failed command with code 0 as success', () =>
    withScriptedKubelet(
      (_request, response) => {
        response.statusCode = 500;
        response.end("command 'cat' exited with 0: ");
      },
      async ({ tool }) => {
        checkFailure(
          await tool('exec web --no-upgrade --allow-exec -- cat'),
          "with 500: command 'cat' exited with 0:\n",
        );
      },
    ));

  test('exits with 1 if the handlers of the kubelet are switched off', () =>
    withSandbox({ nodes: ['handlers-off'] }, async (_, tool) => {
      const { code, stderr } = await tool(exec);
      assert.is(code, 1);
      assert.match(stderr, kubelet);
      assert.match(stderr, /\n(?:why|remedy): /);
    }));

  test('sends no token to a kubelet that is not verified', () => {
    const seen: IncomingMessage['headers'][] = [];
    return withEnd(
      (socket, request) => {
        seen.push(request.headers);
        exit(socket, 0);
      },
      async ({ kubelets }, tool) => {
        for (const [flags, message] of [
          [['-k'], /a token is never sent to a kubelet whose certificate is not verified/],
          [[], /^error: your token is not shown to kubelets/],
        ] as const) {
          checkFailure(await tool(['exec', ...flags, ...exec.slice(1)], 'token'), message);
          assert.equal([seen, kubelets[0]?.requests], [[], []]);
        }
        const verified = await tool(['exec', '--show-token', ...exec.slice(1)], 'token');
        assert.is(verified.code, 0, verified.stderr);
        assert.is(seen[0]?.authorization, `Bearer ${sandboxToken}`);
      },
    );
  });

  test('sends no request to a kubelet with another certificate', () =>
    withSandbox({ nodes: ['other-authority'] }, async ({ kubelets }, tool) => {
      assert.equal([(await tool(exec, 'token')).code, kubelets[0]?.requests], [1, []]);
    }));
});

/** Starts exec. Returns a function that interrupts it. */
function startExec(kubeconfig: string, args: readonly string[], streams: ToolOptions) {
  const { result, interrupt } = startTool(args, { env: { KUBECONFIG: kubeconfig }, ...streams });
  return async () => {
    interrupt();
    assert.is((await result).code, 130);
  };
}

concurrentSuite('exec with a slow side', (test) => {
  test('does not buffer output without limit if nobody reads it', () => {
    let sent = 0;
    const chunk = Buffer.alloc(32 * 1024, 1);
    const sendMuch = async (socket: WebSocket) => {
      const deadline = performance.now() + 1500;
      while (performance.now() < deadline) {
        if (socket.bufferedAmount < 100_000) {
          socket.send(chunk);
          sent += chunk.length;
        }
        await sleep(0);
      }
      exit(socket, 0);
    };
    return withEnd(
      (socket) => void sendMuch(socket),
      async ({ kubeconfigs }) => {
        const stdout = new Writable({ write: () => {} });
        const interrupt = startExec(kubeconfigs.admin, exec, { stdout });
        await sleep(1200);
        // 16 MiB covers the buffers of this process and of both sides of the connection.
        assert.ok(sent > 0 && sent < 16 * 1024 * 1024, `${sent}`);
        await interrupt();
      },
    );
  });

  test('does not read input without limit if the kubelet does not take it', () =>
    withEnd(
      (socket) => socket.pause(),
      async ({ kubeconfigs }) => {
        let read = 0;
        const stdin = new PassThrough();
        const interrupt = startExec(kubeconfigs.admin, ['exec', '-i', ...exec.slice(1)], { stdin });
        const chunk = Buffer.alloc(64 * 1024);
        const deadline = performance.now() + 1500;
        while (performance.now() < deadline && read < 64 * 1024 * 1024) {
          read += chunk.length;
          if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain'), sleep(300)]);
        }
        assert.ok(read < 24 * 1024 * 1024, `${read}`);
        await interrupt();
      },
    ));
});
