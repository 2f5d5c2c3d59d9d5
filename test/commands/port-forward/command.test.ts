import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { ruleOf } from '../../../scripts/docs/permissions.ts';
import {
  connectClient,
  type Forwarding,
  forwarding,
  sendBytes,
  untilPrinted,
} from '../../kit/forwarding.ts';
import { rule } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { startTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';
import { beginPort, sendTo } from '../../sandbox/port-forward.ts';
import { inMasters, type Sandbox } from '../../sandbox/sandbox.ts';
import type { StreamEnd } from '../../sandbox/streams.ts';

const web = ['web', '--allow-exec'];
const mebibyte = 1024 * 1024;

/** Starts a server in place of a program in the pod. */
const withServer = (serve: (socket: Socket) => void, use: (port: number) => Promise<void>) =>
  withListener(createServer({ allowHalfOpen: true }, serve), use);

async function withForward(
  sandbox: Sandbox,
  args: readonly string[],
  use: (forward: Forwarding) => Promise<void>,
  { count = 1, env = {} }: { count?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const all = { KUBECONFIG: sandbox.kubeconfigs.admin, ...env };
  const forward = await forwarding(startTool(['port-forward', ...args], { env: all }), count);
  try {
    await use(forward);
  } finally {
    forward.interrupt();
    assert.is((await forward.result).code, 130);
  }
}

/** Answers the first line from a client, and closes the connection. */
function answerLine(socket: Socket): void {
  socket.once('data', (data) => socket.end(`you said ${data}`));
}

/** Forwards to a port on which `serve` handles connections. */
function withProgram(
  serve: (socket: Socket) => void,
  use: (forward: Forwarding, sandbox: Sandbox) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  return withSandbox(inMasters, (sandbox) =>
    withServer(serve, (port) =>
      withForward(sandbox, [...flags, ...web, `:${port}`], (forward) => use(forward, sandbox)),
    ),
  );
}

async function checkAnswer(local = 0, host?: string): Promise<void> {
  const client = connectClient(local, host);
  client.socket.write('hello');
  const { text, end } = await client.received;
  assert.equal([text, end], ['you said hello', 'end']);
}

/** Forwards to a kubelet whose port-forward stream `end` handles. */
function withPort(
  end: StreamEnd,
  use: (forward: Forwarding, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  return withSandbox((sandbox) => {
    for (const { streams } of sandbox.kubelets) streams.port = end;
    return withForward(sandbox, [...web, ':80'], (forward) => use(forward, sandbox));
  });
}

concurrentSuite('port-forward', (test) => {
  for (const path of [
    ['--via', 'direct'],
    ['--via', 'apiserver'],
    ['--node', 'node-1'],
  ])
    test(`${path.join(' ')} forwards bytes in both directions on both addresses`, () =>
      withSandbox(inMasters, (sandbox) =>
        withServer(answerLine, (port) =>
          withForward(sandbox, [...path, ...web, `:${port}`], async ({ ports, stdout, stderr }) => {
            const [local] = ports;
            for (const host of ['127.0.0.1', '::1']) await checkAnswer(local, host);
            assert.is(
              stdout(),
              `Forwarding from 127.0.0.1:${local} -> ${port}\nForwarding from [::1]:${local} -> ${port}\n${`Handling connection for ${local}\n`.repeat(2)}`,
            );
            assert.is(stderr(), '');
          }),
        ),
      ));

  test('loses no byte of large bodies from ten clients at once', () => {
    const bytes = 2 * mebibyte;
    /** Reads `bytes` bytes, and sends as many, followed by the hash of the bytes read. */
    const exchange = (socket: Socket) => {
      const hash = createHash('sha256');
      let left = bytes;
      socket.on('data', (data) => {
        hash.update(data);
        left -= data.length;
        if (left > 0) return;
        void sendBytes(socket, bytes).then((sent) => socket.end(`${sent} ${hash.digest('hex')}`));
      });
    };
    return withProgram(exchange, async ({ ports: [local = 0], stderr }) => {
      const clients = Array.from({ length: 10 }, async () => {
        const client = connectClient(local, '127.0.0.1', Number.POSITIVE_INFINITY);
        const sent = await sendBytes(client.socket, bytes);
        const { text, bytes: received, end } = await client.received;
        assert.equal([received, end], [bytes + 129, 'end']);
        assert.is(text.slice(-129), `${sent} ${sent}`);
      });
      await Promise.all(clients);
      assert.is(stderr(), '');
    });
  });

  test('waits for a slow reader on either side', () => {
    const bytes = 96 * mebibyte;
    const served = Promise.withResolvers<Socket>();
    const serve = (socket: Socket) => served.resolve(socket.pause());
    return withProgram(serve, async ({ ports: [local = 0] }) => {
      const { socket } = connectClient(local);
      const ends = [socket.pause(), await served.promise];
      for (const end of ends) void sendBytes(end, bytes);
      await sleep(2000);
      for (const { bytesWritten, writableLength } of ends) {
        const sent = Math.round((bytesWritten - writableLength) / mebibyte);
        assert.ok(sent < 40, `${sent} MiB are on their way`);
      }
      socket.destroy();
    });
  });

  test('forwards several ports, and a port by its name', () =>
    withSandbox((sandbox, tool) =>
      withServer(answerLine, (port) => {
        const pod = sandbox.store.get('pods', 'default/web') as unknown as {
          spec: { containers: { ports?: object[] }[] };
        };
        for (const container of pod.spec.containers)
          container.ports = [
            { name: 'http', containerPort: port },
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
          ];
        return withForward(
          sandbox,
          [...web, ':http', `:${port}`],
          async ({ ports }) => {
            assert.is(new Set(ports).size, 2);
            for (const local of ports) await checkAnswer(local);
            for (const [name, expected] of [
              [
                'htp',
                'error: pod default/web has no port named "htp": it has http, dns\nhint: did you mean: http?\n',
              ],
              ['dns', 'error: port "dns" of pod default/web is UDP: only TCP is forwarded\n'],
            ] as const) {
              const { code, stderr } = await tool(['port-forward', ...web, `:${name}`]);
              assert.equal([code, stderr], [2, expected]);
            }
          },
          { count: 2 },
        );
      }),
    ));

  test('reports that nothing listens on a port of the pod, and keeps forwarding', () =>
    withSandbox((sandbox) =>
      withForward(sandbox, [...web, ':1'], async (forward) => {
        const [local = 0] = forward.ports;
        for (const turn of [1, 2]) {
          assert.is((await connectClient(local).received).end, 'reset');
          const text = `error: cannot forward a connection for ${local} to port 1 of pod default/web: connection refused\nwhy: nothing listens on localhost:1 in pod default/web\n`;
          assert.is(forward.stderr(), text.repeat(turn));
        }
      }),
    ));

  test('resets a client if the connection breaks in the pod', () =>
    withProgram(
      (socket) => {
        socket.write('half of');
        setTimeout(() => socket.resetAndDestroy(), 200);
      },
      async (forward) => {
        const { text, end } = await connectClient(forward.ports[0] ?? 0).received;
        assert.equal([text, end], ['half of', 'reset']);
        await untilPrinted(forward, 'stderr', /read: connection reset by peer\nwhy: the connect/);
      },
    ));

  test('reports that the pod is gone, and continues when it is back', () =>
    withProgram(
      answerLine,
      async ({ ports: [local = 0], stderr }, { store }) => {
        const pod = store.get('pods', 'default/web');
        store.delete('pods', 'default/web');
        assert.is((await connectClient(local).received).end, 'reset');
        assert.match(stderr(), 'Error from server (NotFound): pods "web" not found');
        store.put('pods', pod as never);
        await checkAnswer(local);
      },
      ['--via', 'apiserver'],
    ));

  test('reports that the kubelet is gone', () =>
    withProgram(
      (socket) => socket.write('x'),
      async (forward, sandbox) => {
        const [local = 0] = forward.ports;
        const open = connectClient(local);
        await once(open.socket, 'data');
        await sandbox.kubelets[0]?.stop();
        assert.is((await open.received).end, 'reset');
        await untilPrinted(forward, 'stderr', /error: lost a connection for \d+ to port \d+ of/);
        assert.is((await connectClient(local).received).end, 'reset');
        assert.match(forward.stderr(), 'error: cannot reach the kubelet of node-1 at ');
      },
    ));

  test('resets a client that waits for a silent pod, and reports it', () =>
    withPort(
      (socket) => beginPort(socket, 80),
      async (forward) => {
        const [local = 0] = forward.ports;
        const { socket, received } = connectClient(local);
        socket.end('a question');
        assert.is((await received).end, 'reset');
        await untilPrinted(
          forward,
          'stderr',
          /^error: closed a connection for \d+ to port 80 of pod default\/web: the client ended its side, and the pod was silent for 10 s\nwhy: .+\nhint: .+\n$/,
        );
      },
    ));

  test('reports nothing if a client closes its connection after it has the answer', () =>
    withPort(
      (socket) => {
        beginPort(socket, 80);
        socket.on('message', (message: Buffer) => {
          if (message.length > 1) sendTo(socket, 0, 'an answer');
        });
      },
      async (forward) => {
        const { socket, received } = connectClient(forward.ports[0] ?? 0);
        socket.once('data', () => socket.end());
        socket.write('a question');
        assert.is((await received).end, 'reset');
        await sleep(200);
        assert.is(forward.stderr(), '');
      },
    ));

  const hostile: readonly (readonly [title: string, StreamEnd, RegExp])[] = [
    [
      'another port',
      (socket) => beginPort(socket, 81),
      /sent another port than 80 at the beginning of channel 0\nwhy: it does not keep/,
    ],
    [
      'another channel',
      (socket) => {
        beginPort(socket, 80);
        sendTo(socket, 7, 'x');
      },
      /sent a message for channel 7, of 0 and 1/,
    ],
    [
      'a message of 2 MiB',
      (socket) => {
        beginPort(socket, 80);
        sendTo(socket, 0, Buffer.alloc(2 * mebibyte));
      },
      /sent an invalid message: Max payload size exceeded/,
    ],
    [
      'an end without a closing frame',
      (socket) => {
        beginPort(socket, 80);
        sendTo(socket, 0, 'half of');
        setTimeout(() => socket.terminate(), 100);
      },
      /error: lost a connection for \d+ to port 80 of pod default\/web by the kubelet of node-1 at \S+: the connection was lost\n/,
    ],
    [
      'an end with another code',
      (socket) => {
        beginPort(socket, 80);
        socket.close(1011, 'went wrong');
      },
      /: the connection was closed with code 1011: went wrong\n/,
    ],
  ];
  for (const [title, end, expected] of hostile)
    test(`resets the client and keeps forwarding if a kubelet sends ${title}`, () =>
      withPort(end, async (forward) => {
        const [local = 0] = forward.ports;
        assert.is((await connectClient(local).received).end, 'reset');
        await untilPrinted(forward, 'stderr', expected);
        assert.is((await connectClient(local).received).end, 'reset');
      }));

  test('ends at an interrupt, even with open connections', () =>
    withPort(
      (socket) => beginPort(socket, 80),
      async (forward) => {
        const { received } = connectClient(forward.ports[0] ?? 0);
        await untilPrinted(forward, 'stdout', /Handling/);
        await sleep(100);
        forward.interrupt();
        assert.is((await forward.result).code, 130);
        assert.is((await received).end, 'reset');
      },
    ));

  test('reports which port is in use, and listens on no port', () =>
    withSandbox((_, tool) =>
      withServer(answerLine, async (port) => {
        const { code, stdout, stderr } = await tool(['port-forward', ...web, ':80', `${port}:80`]);
        assert.equal(
          [code, stdout, stderr],
          [
            1,
            '',
            `error: cannot listen on 127.0.0.1:${port}: the port is in use\nhint: let the system choose one: :REMOTE in place of ${port}:REMOTE\n`,
          ],
        );
      }),
    ));

  test('warns about addresses that other hosts can reach, and prints an audit line with -v', () =>
    withSandbox((sandbox) =>
      withForward(
        sandbox,
        // 0.0.0.0 is for IPv4 only, and :: for IPv6 only.
        ['pod/web', '--allow-exec', '-v=1', '--address', '0.0.0.0,::', ':80'],
        async ({ stdout, stderr, ports }) => {
          assert.is(
            stdout(),
            `Forwarding from 0.0.0.0:${ports[0]} -> 80\nForwarding from [::]:${ports[0]} -> 80\n`,
          );
          assert.match(stderr(), `port-forward in pod default/web by the kubelet of node-1 at `);
          assert.match(stderr(), `: ${ports[0]}:80\n`);
          assert.match(
            stderr(),
            'warning: any host that reaches 0.0.0.0, :: of this machine reaches the pod, without a credential\n',
          );
        },
      ),
    ));

  test('reports a denial before it listens, also in the audit line', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('nodes,nodes/pods')]);
      const { code, stdout, stderr } = await tool(
        ['port-forward', '--node', 'node-1', ...web, '-v=1', ':80'],
        'dev',
      );
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^audit: \S+ port-forward in pod default\/web by the kubelet of node-1 at \S+ ended with an error: :80$/m,
      );
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at \S+ answered GET \/portForward\/default\/web with 403: Forbidden \(user=dev, verb=get, resource=nodes, subresource\(s\)=\[proxy\]\)\n/m,
      );
    }));

  const needs: readonly (readonly [path: readonly string[], permissions: readonly string[]])[] = [
    [[], ['get pods', 'get nodes', 'get nodes/proxy']],
    [
      ['--node', 'node-1'],
      ['get nodes', 'get nodes/proxy'],
    ],
    [
      ['--via', 'apiserver'],
      ['get pods', 'create pods/portforward'],
    ],
  ];
  for (const [path, permissions] of needs)
    test(`requires ${permissions.join(', ')} ${path.length > 0 ? `with ${path.join(' ')}` : 'by default'}`, () =>
      withSandbox({ ...inMasters, cacheMs: { denied: 1, allowed: 1 } }, async (sandbox, tool) => {
        const args = [...path, ...web, ':80'];
        for (const missing of permissions) {
          const held = permissions.filter((permission) => permission !== missing);
          allow(sandbox, 'dev', held.map(ruleOf));
          assert.is((await tool(['port-forward', ...args], 'dev')).code, 1, missing);
        }
        allow(sandbox, 'dev', permissions.map(ruleOf));
        const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
        await withForward(sandbox, args, async () => {}, { env });
      }));

  for (const [title, args, more] of [
    ['with --via apiserver', ['web', ':80', '--via', 'apiserver'], {}],
    ['with KUBELETACCESS_ALLOW_EXEC=1', ['web', ':80'], { KUBELETACCESS_ALLOW_EXEC: '1' }],
  ] as const)
    test(`does not require --allow-exec ${title}`, () =>
      withSandbox(inMasters, (sandbox) =>
        withForward(sandbox, args, async () => {}, { env: more }),
      ));
});
