import * as assert from 'uvu/assert';
import { follow } from '../../kit/follow.ts';
import { rule } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { checkFailure } from '../../kit/tool.ts';
import { allow, type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import { usualContents } from '../../sandbox/node-contents.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';

interface PodObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** Two pods with labels, on two nodes; the first pod has more containers. */
const pods = [
  { name: 'web-1', node: 'node-1', init: ['init'], containers: ['web', 'side'] },
  { name: 'web-2', node: 'node-2', init: [], containers: ['web'] },
] as const;

const objectOf = ({ name, node, init, containers }: (typeof pods)[number]): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, labels: { app: 'web' } },
  spec: {
    nodeName: node,
    initContainers: init.map((each) => ({ name: each })),
    containers: containers.map((each) => ({ name: each })),
  },
});

const statusOf = (phase: string): object => ({
  phase,
  containerStatuses: [{ name: 'web', restartCount: 0, state: { running: {} } }],
});

const contentsOf: NonNullable<SandboxOptions['contentsOf']> = (node, logs) => ({
  ...usualContents(node, 37, logs),
  pods: () => pods.filter((each) => each.node === node).map(objectOf),
  containersOf: (_, name) => {
    const pod = pods.find((each) => each.node === node && each.name === name);
    return pod && [...pod.init, ...pod.containers];
  },
});

const withPods = (
  use: (sandbox: Sandbox, tool: Tool) => Promise<void>,
  nodes: NonNullable<SandboxOptions['nodes']> = ['none', 'none'],
) =>
  withSandbox({ nodes, contentsOf }, async (sandbox, tool) => {
    for (const pod of pods) sandbox.store.put('pods', objectOf(pod) as never);
    await use(sandbox, tool);
  });

const asked = ({ kubelets }: Sandbox) =>
  kubelets.flatMap(({ requests }) => requests).filter((line) => line.includes('/containerLogs/'));

concurrentSuite('logs of several containers', (test) => {
  test('-l prints ten lines of each pod, with pod names if --prefix is given', () =>
    withPods(async (sandbox, tool) => {
      const { code, stdout, stderr } = await tool(['logs', '-l', 'app=web', '--prefix']);
      assert.equal(
        [code, stdout, stderr],
        [0, '[pod/web-1/web] hello from web\n[pod/web-2/web] hello from web\n', ''],
      );
      assert.equal(asked(sandbox), [
        'GET /containerLogs/default/web-1/web?tailLines=10',
        'GET /containerLogs/default/web-2/web?tailLines=10',
      ]);
    }));

  test('the logs of several named pods are printed one after the other', () =>
    withPods(async (sandbox, tool) => {
      const { code, stdout } = await tool(['logs', 'web-2', 'default/web-1', '--tail', '3']);
      assert.equal([code, stdout], [0, 'hello from web\nhello from web\n']);
      assert.equal(asked(sandbox).sort(), [
        'GET /containerLogs/default/web-1/web?tailLines=3',
        'GET /containerLogs/default/web-2/web?tailLines=3',
      ]);
    }));

  for (const options of [[], ['-f']])
    test(`a named pod that does not exist is reported, and all other logs are printed ${options}`, () =>
      withPods(async ({ store, kubelets }, tool) => {
        store.put('pods', { ...objectOf(pods[1]), status: statusOf('Succeeded') } as never);
        kubelets[1]?.logs.web.end();
        const { code, stdout, stderr } = await tool(['logs', 'nope', 'web-2', ...options]);
        assert.equal([code, stdout], [4, 'hello from web\n'], stderr);
        assert.match(stderr, /^Error from server \(NotFound\): pods "nope" not found/);
        checkFailure(await tool(['logs', 'nope', 'nor', ...options]), 'pods "nope" not found');
      }));

  test('a log that is not text is left out on a terminal, and printed to a pipe', () =>
    withPods(async ({ kubelets }, tool) => {
      kubelets[0]?.logs.web.append('\0');
      const line = ['logs', 'web-1', 'web-2'];
      const shown = await tool(line, 'admin', { onTerminal: true });
      assert.equal([shown.code, shown.stdout], [4, 'hello from web\n'], shown.stderr);
      assert.match(shown.stderr, 'is not text, and would garble the terminal');
      const piped = await tool(line);
      assert.equal([piped.code, piped.stdout], [0, 'hello from web\n\0\nhello from web\n']);
    }));

  test("--all-containers prints containers in kubectl's order", () =>
    withPods(async (_, tool) => {
      const { stdout } = await tool(['logs', 'web-1', '--all-containers', '--prefix']);
      assert.equal(
        stdout.split('\n').map((line) => line.split(' ')[0]),
        ['[pod/web-1/init]', '[pod/web-1/web]', '[pod/web-1/side]', ''],
      );
    }));

  test('-c prints the named container of each pod that has it', () =>
    withPods(async (sandbox, tool) => {
      await tool(['logs', '-l', 'app=web', '-c', 'side']);
      assert.equal(asked(sandbox), ['GET /containerLogs/default/web-1/side?tailLines=10']);
      const none = await tool(['logs', '-l', 'app=web', '-c', 'nope']);
      assert.equal([none.code, none.stderr], [1, 'error: no pod has a container nope\n']);
    }));

  test('--grep prints only lines that match', () =>
    withPods(async (_, tool) => {
      const grep = async (pattern: string) => (await tool(['logs', 'web-2', '-g', pattern])).stdout;
      assert.is(await grep('^hello .*web$'), 'hello from web\n');
      assert.is(await grep('HELLO'), '');
      assert.is(await grep('(?i)HELLO'), 'hello from web\n');
      const wrong = await tool(['logs', 'web-2', '-g', '(']);
      assert.is(wrong.code, 2);
      assert.match(wrong.stderr, 'error: invalid --grep value "(": ');
    }));

  test('--kubelet-address prints the logs of all pods of the kubelet, without the API server', () =>
    withPods(async (sandbox, tool) => {
      const { host, port } = sandbox.kubelets[0] ?? {};
      const address = ['--kubelet-address', `${host}:${port}`];
      const { code, stdout, stderr } = await tool([
        'logs',
        ...address,
        '--prefix',
        '-n',
        'default',
      ]);
      assert.is(code, 0, stderr);
      assert.match(stdout, /^\[pod\/web-1\/web\] hello from web$/m);
      assert.not.match(stdout, 'web-2');
      assert.equal(sandbox.apiServer.requests, []);
      const labeled = await tool(['logs', ...address, '-l', 'app=web', '--prefix']);
      assert.is(labeled.stdout, '[pod/web-1/web] hello from web\n');
    }));

  test('a named pod that the kubelet does not run is reported, and all other logs are printed', () =>
    withPods(async (_, tool) => {
      const line = ['logs', 'web-1', 'web-2', '--node', 'node-1', '-n', 'default'];
      const { code, stdout, stderr } = await tool([...line, '-c', 'web']);
      assert.equal([code, stdout], [4, 'hello from web\n']);
      assert.match(stderr, /^error: the kubelet of node-1 at [\d.:]+ runs no pod default\/web-2\n/);
    }));

  test('logs are read from pods/log of the API server if kubelets cannot be called', () =>
    withPods(async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [rule('nodes/proxy', 'get,create')]);
      const { code, stdout } = await tool(['logs', '-l', 'app=web', '--via', 'apiserver']);
      assert.equal([code, stdout], [0, 'hello from web\nhello from web\n']);
      const lines = sandbox.apiServer.requests.map(({ line }) => line);
      assert.ok(
        lines.includes('GET /api/v1/namespaces/default/pods/web-1/log?container=web&tailLines=10'),
        lines.join('\n'),
      );
    }));

  test('logs that cannot be read are reported by cause, and all other logs are printed', () =>
    withPods(
      async (_, tool) => {
        const { code, stdout, stderr } = await tool(['logs', '-l', 'app=web', '--via', 'direct']);
        assert.equal([code, stdout], [4, 'hello from web\n']);
        assert.match(stderr, /^error: cannot reach the kubelet of node-2 /);
      },
      ['none', 'stopped'],
    ));

  test('--follow fails for more containers than --max-log-requests', () =>
    withPods(async (sandbox, tool) => {
      const args = ['logs', '-l', 'app=web', '-f', '--max-log-requests', '1'];
      checkFailure(
        await tool(args),
        '2 are more than --max-log-requests 1\nhint: re-run with --max-log-requests 2\n',
      );
      assert.equal(asked(sandbox), []);
    }));

  for (const phase of ['Succeeded', 'Running'])
    test(`--follow waits with a new pod beyond --max-log-requests until the log of a ${phase} pod has ended`, () =>
      withSandbox({ nodes: ['none', 'none'], contentsOf }, (sandbox) => {
        const [first, second] = pods.map(objectOf);
        const put = (pod: PodObject | undefined, phase: string) =>
          sandbox.store.put('pods', { ...pod, status: statusOf(phase) } as never);
        put(first, 'Running');
        const args = ['logs', '-l', 'app=web', '-f', '--prefix', '--max-log-requests', '1'];
        return follow(sandbox, args, async ({ until, stdout, stderr }) => {
          await until(() => stdout() === '[pod/web-1/web] hello from web\n');
          put(second, 'Running');
          const waits =
            'warning: default/web-2/web is followed when another log ends: --max-log-requests 1 is reached\n';
          await until(() => stderr() === waits);
          put(first, phase);
          sandbox.kubelets[0]?.logs.web.end();
          await until(() => stdout().endsWith('[pod/web-2/web] hello from web\n'));
          const ended = phase === 'Running' ? '' : 'note: the log of default/web-1/web ended\n';
          await until(() => stderr() === waits + ended);
        });
      }));

  test('--follow --node ends after the pod is deleted, also through the API server', () =>
    withSandbox((sandbox) => {
      allow(sandbox, 'Kubernetes', [rule('nodes/proxy', 'get,create')]);
      // With --as, kubelets cannot be called directly.
      const as = ['--as', 'admin', '--as-group', 'system:masters'];
      return follow(
        sandbox,
        ['logs', 'web', '-f', '--node', 'node-1', ...as],
        async ({ until, stdout, stderr }) => {
          await until(() => stdout() !== '');
          sandbox.store.delete('pods', 'default/web');
          sandbox.kubelets[0]?.logs.web.end();
          await until(() => stderr().endsWith('note: the log of default/web/web ended\n'));
        },
      );
    }));

  test('--follow repeats the last seconds of a log after its connection broke, and prints a warning', () =>
    withSandbox({ nodes: ['cut', 'none'], contentsOf }, (sandbox) => {
      const [first] = pods.map(objectOf);
      sandbox.store.put('pods', { ...first, status: statusOf('Running') } as never);
      return follow(sandbox, ['logs', '-l', 'app=web', '-f'], async ({ until, stdout, stderr }) => {
        await until(() => asked(sandbox).length > 1);
        assert.match(stdout(), /^the first few bytes\n/);
        assert.match(
          stderr(),
          /^warning: default\/web-1\/web: .*; it is followed again, and its last lines may be repeated\n/,
        );
        const [start = '', again = ''] = asked(sandbox);
        assert.match(start, '?follow=true&tailLines=10');
        assert.match(again, /\?follow=true&sinceSeconds=[6-9]$/);
      });
    }));
});
