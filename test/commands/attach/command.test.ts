import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { exit, send } from '../../sandbox/streams.ts';

/** Creates a pod whose container has these fields, and records the queries and bytes that its kubelet receives. */
function putPod({ store, kubelets }: Sandbox, container: object, phase = 'Running') {
  store.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'own', namespace: 'default' },
    spec: { nodeName: 'node-1', containers: [{ name: 'own', ...container }] },
    status: { phase },
  } as never);
  const seen = { queries: [] as string[], bytes: 0 };
  Object.assign(kubelets[0]?.streams ?? {}, {
    end: (socket: never, { url = '' }: { url?: string }) => {
      seen.queries.push(url.replace(/^.*\?/, ''));
      (socket as NodeJS.EventEmitter).on('message', (data: Buffer) => {
        seen.bytes += data.length - 1;
      });
      send(socket, 'stdout', 'said\n');
      setTimeout(() => exit(socket, 0), 50);
    },
  });
  return seen;
}

const attach = (...more: readonly string[]) => ['attach', 'own', '--allow-exec', ...more];

suite('attach without -i', (test) => {
  for (const minor of [31, 37])
    for (const [title, container, query] of [
      ['no input', {}, 'output=1&error=1'],
      // attach requests input but never sends any, because kubelets before 1.36 end a connection that does not request input.
      ['an input', { stdin: true }, 'output=1&error=1&input=1'],
      ['a terminal', { stdin: true, stdinOnce: true, tty: true }, 'output=1&input=1&tty=1'],
      ['a terminal, but no input', { tty: true }, 'output=1&tty=1'],
    ] as const)
      test(`prints the output of a container with ${title} on Kubernetes 1.${minor}, and sends nothing`, () =>
        withSandbox({ minor }, async (sandbox, tool) => {
          const seen = putPod(sandbox, container);
          const { code, stdout, stderr } = await tool(attach());
          assert.equal([code, stdout, stderr], [0, 'said\n', '']);
          const sorted = (text: string) => text.split('&').sort();
          assert.equal(seen.queries.map(sorted), [sorted(query)]);
          assert.is(seen.bytes, 0);
        }));

  const once = { stdin: true, stdinOnce: true };

  test('never ends the input of a container with stdinOnce', () =>
    withSandbox({ minor: 31 }, async (sandbox, tool) => {
      const seen = putPod(sandbox, once);
      const { code, stdout, stderr } = await tool(attach());
      assert.equal([code, stdout, seen.queries], [1, '', []]);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ does not speak v5\.channel\.k8s\.io: it would end the standard input of the container\nwhy: kubelets before 1\.36 do not; the container has stdinOnce: true, and nothing was attached to it\nhint: through the API server: --via apiserver\nhint: to read what it prints: kubectl kubeletaccess logs own -f\n$/,
      );
    }));

  test('does not request the input of a container with stdinOnce if the kubelet keeps the connection open', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const seen = putPod(sandbox, once);
      const { code, stdout } = await tool(attach());
      assert.equal([code, stdout, seen.queries], [0, 'said\n', ['error=1&output=1']]);
    }));
});

suite('attach', (test) => {
  test('reports that a pod has ended, and sends nothing to the kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      const seen = putPod(sandbox, {}, 'Failed');
      for (const [args, what] of [
        [attach(), 'cannot be attached to any more'],
        [['exec', 'own', '--allow-exec', '--', 'id'], 'runs no command any more'],
      ] as const) {
        const { code, stderr } = await tool(args);
        assert.is(code, 1);
        assert.is(
          stderr,
          `error: pod default/own has ended (Failed), and ${what}\nhint: kubectl kubeletaccess logs default/own\n`,
        );
      }
      assert.equal([seen.queries, sandbox.kubelets[0]?.requests], [[], []]);
    }));

  test('exits with the exit code of the container as soon as the container status has it', () =>
    withSandbox(async (sandbox, tool) => {
      putPod(sandbox, {});
      const { store, kubelets } = sandbox;
      const terminated = (exitCode: number, hour: number) => ({
        terminated: { exitCode, finishedAt: `2030-01-31T${hour}:00:00Z` },
      });
      const putState = (state: object) => {
        const pod = store.get('pods', 'default/own');
        const containerStatuses = [{ name: 'own', lastState: terminated(3, 10), state }];
        store.put('pods', { ...pod, status: { phase: 'Running', containerStatuses } } as never);
      };
      putState({ running: {} });
      Object.assign(kubelets[0]?.streams ?? {}, {
        end: (socket: never) => {
          exit(socket, 0);
          setTimeout(() => putState(terminated(7, 11)), 400);
        },
      });
      assert.is((await tool(attach())).code, 7);
    }));
});
