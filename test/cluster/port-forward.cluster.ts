import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import {
  connectClient,
  type Forwarding,
  forwarding,
  sendBytes,
  untilPrinted,
} from '../kit/forwarding.ts';
import { sweeps } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { currentCluster } from './current.ts';
import { nodeAddress } from './network.ts';
import { startPod } from './start-pod.ts';
import { realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const pods = '/api/v1/namespaces/default/pods';
const pod = 'ports';
const mebibyte = 1024 * 1024;
const bigBytes = (sweeps ? 100 : 32) * mebibyte;

/** Shell scripts by port. For each connection to a port, nc runs its script. */
const programs: Readonly<Record<number, string>> = {
  9000: 'cat',
  9001: `head -c ${bigBytes} | sha256sum`,
  9002: 'read -r question; sleep 2; echo "you asked $question"',
  9003: 'sleep 3; sha256sum >/tmp/received',
  9004: 'head -c 20971520 /www/big',
};
const ports = { echo: 9000, hash: 9001, late: 9002, toEnd: 9003, large: 9004, http: 8080 };

const script = [
  'mkdir /www; echo hello from a pod >/www/index.html',
  `head -c ${bigBytes} /dev/urandom >/www/big; sha256sum /www/big | cut -c1-64 >/www/sum`,
  'httpd -p 8080 -h /www',
  ...Object.entries(programs).map(
    ([port, program]) => `echo '${program}' >/${port}; nc -ll -p ${port} -e sh /${port} &`,
  ),
  'touch /ready; sleep 2147483647',
].join('\n');

async function startPorts(): Promise<void> {
  const container = { ports: [{ name: 'http', containerPort: ports.http }] };
  assert.is(await startPod(world, { name: pod, script, container }), 201);
  await waitFor(`the pod ${pod}`, 60_000, async () => (await inPod('cat /ready')).code === 0);
}

/** Runs a command in the pod by /run. The kubelet splits the command at spaces. */
const inPod = (command: string) =>
  world.tool([
    ...['curl', '-X', 'POST', '--allow-unsafe', '--node', 'node-1'],
    `/run/default/${pod}/main?cmd=${encodeURIComponent(command)}`,
  ]);

const kubelet = nodeAddress(1);
const target = [pod, '--allow-exec'];

async function withForward(
  args: readonly string[],
  use: (forward: Forwarding) => Promise<void>,
): Promise<void> {
  const running = world.start(['port-forward', ...args], cluster.kubeconfigs.admin);
  try {
    await use(await forwarding(running));
  } finally {
    running.interrupt();
  }
  assert.is((await running.result).code, 130);
}

const get = async (port: number, path: string) => {
  const client = connectClient(port);
  client.socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
  return client.received;
};

await world.tool(['grant']);
await startPorts();

suite(`port-forward, ${cluster.version}`, (test) => {
  for (const path of [
    ['--via', 'direct'],
    ['--via', 'apiserver'],
    ['--kubelet-address', kubelet],
  ])
    test(`serves HTTP by the name of a port, ${path.join(' ')}`, () =>
      withForward([...path, ...target, ':http'], async ({ ports: [local = 0], stderr }) => {
        const { text, end } = await get(local, '/');
        assert.match(text, /^HTTP\/1\.[01] 200 OK\r\n/);
        assert.ok(text.endsWith('\r\n\r\nhello from a pod\n'), text);
        assert.is(end, 'end');
        assert.is(stderr(), '');
      }));

  for (const via of ['direct', 'apiserver']) {
    const path = ['--via', via];

    test(`passes 100 MiB unchanged in each direction, --via ${via}`, async () => {
      await withForward([...path, ...target, `:${ports.http}`], async ({ ports: [local = 0] }) => {
        const response = await fetch(`http://127.0.0.1:${local}/big`);
        const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
        const sum = await (await fetch(`http://127.0.0.1:${local}/sum`)).text();
        assert.is(Buffer.from(digest).toString('hex'), sum.trim());
      });
      await withForward([...path, ...target, `:${ports.hash}`], async ({ ports: [local = 0] }) => {
        const client = connectClient(local);
        const sent = await sendBytes(client.socket, bigBytes);
        const { text, end } = await client.received;
        assert.equal([text, end], [`${sent}  -\n`, 'end']);
      });
    });

    test(`serves ten clients at once, --via ${via}`, () =>
      withForward(
        [...path, ...target, `:${ports.http}`],
        async ({ ports: [local = 0], stderr }) => {
          const sums = await Promise.all(
            Array.from({ length: 10 }, async () => {
              const response = await fetch(`http://127.0.0.1:${local}/sum`);
              return (await response.text()).trim().length;
            }),
          );
          assert.equal(sums, Array(10).fill(64));
          assert.is(stderr(), '');
        },
      ));

    test(`reports a port that refuses connections, and continues, --via ${via}`, () =>
      withForward([...path, ...target, ':81'], async (forward) => {
        const [local = 0] = forward.ports;
        const text = `error: cannot forward a connection for ${local} to port 81 of pod default/${pod}: connection refused\nwhy: nothing listens on localhost:81 in pod default/${pod}\n`;
        for (const turn of [1, 2]) {
          assert.is((await connectClient(local).received).end, 'reset');
          await untilPrinted(forward, 'stderr', new RegExp(`^(?:${text}){${turn}}$`));
        }
      }));

    test(`returns the response of the pod after the client has ended its side, --via ${via}`, () =>
      withForward([...path, ...target, `:${ports.late}`], async ({ ports: [local = 0] }) => {
        const client = connectClient(local);
        client.socket.end('why\n');
        const { text, end } = await client.received;
        assert.equal([text, end], ['you asked why\n', 'end']);
      }));

    test(`delivers to a slow program all that a client sent before it closed, --via ${via}`, () =>
      withForward([...path, ...target, `:${ports.toEnd}`], async ({ ports: [local = 0] }) => {
        await inPod('rm -f /tmp/received');
        const client = connectClient(local);
        const sent = await sendBytes(client.socket, 10 * mebibyte);
        client.socket.end();
        let received = '';
        await waitFor('the program to have read all', 40_000, async () => {
          received = (await inPod('cat /tmp/received')).stdout;
          return received !== '';
        });
        assert.is(received, `${sent}  -\n`);
      }));
  }

  test('waits for a client that reads slowly', () =>
    withForward([...target, `:${ports.large}`], async ({ ports: [local = 0], stderr }) => {
      const client = connectClient(local);
      client.socket.pause();
      await sleep(3000);
      client.socket.resume();
      const { bytes, end } = await client.received;
      assert.equal([bytes, end], [20 * mebibyte, 'end']);
      assert.is(stderr(), '');
    }));

  test('continues after a restart of its kubelet', () =>
    withForward([...target, `:${ports.echo}`], async (forward) => {
      const [local = 0] = forward.ports;
      const before = connectClient(local);
      before.socket.write('x');
      await new Promise((resolve) => before.socket.once('data', resolve));
      await cluster.stopKubelet('node-1');
      assert.is((await before.received).end, 'reset');
      await untilPrinted(forward, 'stderr', /^error: lost a connection for /m);
      assert.is((await connectClient(local).received).end, 'reset');
      await untilPrinted(forward, 'stderr', /^error: cannot reach the kubelet of node-1 at /m);
      await cluster.startKubelet('node-1');
      await waitFor('the pod to answer again', 30_000, async () => {
        const client = connectClient(local);
        client.socket.write('again');
        const answered = new Promise((resolve) => client.socket.once('data', resolve));
        const first = await Promise.race([answered, client.received]);
        client.socket.destroy();
        return String(first) === 'again';
      });
    }));

  test('needs no API server with --kubelet-address', async () => {
    const args = ['--kubelet-address', kubelet, ...target, `:${ports.http}`];
    // This request makes the kubelet cache the answers of the API server to its access reviews, which it keeps for five minutes.
    await withForward(args, async ({ ports: [local = 0] }) => void (await get(local, '/')));
    await cluster.stopApiServer();
    try {
      await withForward(args, async ({ ports: [local = 0] }) => {
        const { text } = await get(local, '/');
        assert.ok(text.endsWith('\r\n\r\nhello from a pod\n'), text);
      });
    } finally {
      await cluster.startApiServer();
    }
  });

  test('reports a deleted pod', () =>
    withForward([...target, `:${ports.echo}`], async (forward) => {
      await world.api('DELETE', `${pods}/${pod}?gracePeriodSeconds=0`);
      await waitFor('the kubelet to forget the pod', 30_000, async () =>
        (await inPod('true')).stderr.includes('pod does not exist'),
      );
      assert.is((await connectClient(forward.ports[0] ?? 0).received).end, 'reset');
      await untilPrinted(
        forward,
        'stderr',
        /answered GET \/portForward\/default\/ports with 404: pod does not exist$/m,
      );
    }));
});
