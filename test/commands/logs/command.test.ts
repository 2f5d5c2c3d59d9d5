import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { untilPrinted } from '../../kit/forwarding.ts';
import { rule } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { startTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

interface PodObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  spec: object;
}

const web = ({ store }: Sandbox) => store.get('pods', 'default/web') as unknown as PodObject;

/** Adds a copy of the pod in the namespace prod, which the same kubelet runs. */
function putInProd({ store }: Sandbox, pod: PodObject): void {
  store.put('pods', { ...pod, metadata: { name: 'web', namespace: 'prod' } } as never);
}

const asked = ({ kubelets }: Sandbox) => kubelets[0]?.requests.at(-1);

concurrentSuite('logs', (test) => {
  for (const words of [['web'], ['pod/web'], ['po/web'], ['default/web'], ['web', '-n', 'default']])
    test(`prints the log of ${words.join(' ')}`, () =>
      withSandbox(async (sandbox, tool) => {
        const { code, stdout, stderr } = await tool(['logs', ...words]);
        assert.equal([code, stdout, stderr], [0, 'hello from web\n', '']);
        assert.is(asked(sandbox), 'GET /containerLogs/default/web/web');
        // No other kubelet is called.
        assert.equal(sandbox.kubelets[1]?.requests, []);
      }));

  for (const words of [['web', '-n', 'prod'], ['pod/web', '-n', 'prod'], ['prod/web']])
    test(`prints the log of a pod in another namespace: ${words.join(' ')}`, () =>
      withSandbox(async (sandbox, tool) => {
        putInProd(sandbox, web(sandbox));
        assert.is((await tool(['logs', ...words])).code, 0);
        assert.is(asked(sandbox), 'GET /containerLogs/prod/web/web');
      }));

  test('uses the namespace of the context', () =>
    withSandbox(async (sandbox, tool) => {
      putInProd(sandbox, web(sandbox));
      const { admin } = sandbox.kubeconfigs;
      const config = readFileSync(admin, 'utf8');
      writeFileSync(admin, config.replaceAll('"cluster":"sandbox"', '$&,"namespace":"prod"'));
      assert.is((await tool(['logs', 'web'])).code, 0);
      assert.is(asked(sandbox), 'GET /containerLogs/prod/web/web');
    }));

  test('prints the log of the container of -c, or of the default or first container', () =>
    withSandbox(async (sandbox, tool) => {
      const pod = web(sandbox);
      const containers = [{ name: 'main' }, { name: 'side' }, { name: 'web' }];
      pod.spec = { ...pod.spec, containers, initContainers: [{ name: 'first' }] };
      const several = await tool(['logs', 'web']);
      assert.equal(
        [several.code, several.stderr],
        [0, 'note: defaulted container "main" out of: main, side, web, first\n'],
      );
      assert.is(asked(sandbox), 'GET /containerLogs/default/web/main');
      for (const container of ['main', 'web']) {
        const { code, stdout, stderr } = await tool(['logs', 'web', '-c', container]);
        assert.equal([code, stdout], [0, 'hello from web\n'], stderr);
        assert.is(asked(sandbox), `GET /containerLogs/default/web/${container}`);
      }
      const annotations = { 'kubectl.kubernetes.io/default-container': 'web' };
      Object.assign(pod.metadata, { annotations });
      assert.is((await tool(['logs', 'web'])).code, 0);
      assert.is(asked(sandbox), 'GET /containerLogs/default/web/web');
    }));

  for (const via of ['direct', 'apiserver'])
    test(`applies --since, --tail and --timestamps (${via})`, () =>
      withSandbox(async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', [rule('nodes/proxy', 'get')]);
        const logs = (...options: string[]) => tool(['logs', 'web', '--via', via, ...options]);
        sandbox.kubelets[0]?.logs.web.append('two');
        sandbox.kubelets[0]?.logs.web.append('three');
        assert.is((await logs()).stdout, 'hello from web\ntwo\nthree\n');
        assert.is((await logs('--tail', '1')).stdout, 'three\n');
        assert.is((await logs('--tail=0')).stdout, '');
        assert.is((await logs('--tail=-1')).stdout, 'hello from web\ntwo\nthree\n');
        assert.match(
          (await logs('--timestamps', '--since', '90s', '--tail', '2')).stdout,
          /^\d{4}-\S+Z two\n\d{4}-\S+Z three\n$/,
        );
        assert.is(
          asked(sandbox),
          'GET /containerLogs/default/web/web?timestamps=true&tailLines=2&sinceSeconds=90',
        );
        assert.is((await logs('--since', '2999-01-01T00:00:00Z')).stdout, '');
      }));

  test('explains that there is no previous instance for -p', () =>
    withSandbox(async (sandbox, tool) => {
      const { code, stdout, stderr } = await tool(['logs', 'web', '-p']);
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ answered GET \/containerLogs\/default\/web\/web\?previous=true with 400: previous terminated container "web" in pod "web" not found\nwhy: the container has not been restarted.*\nremedy: leave out -p /,
      );
      assert.is(asked(sandbox), 'GET /containerLogs/default/web/web?previous=true');
    }));

  for (const options of [
    ['--via', 'direct'],
    ['--via', 'apiserver'],
    ['--node', 'node-1'],
  ])
    test(`follows until the container ends, and reports it (${options.join(' ')})`, () =>
      withSandbox(async (sandbox) => {
        allow(sandbox, 'Kubernetes', [rule('nodes/proxy', 'get')]);
        const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
        // --timeout limits only the lookup, because a container may be quiet.
        const args = ['logs', 'web', '-f', '--tail', '1', '--timeout', '5s', ...options];
        const running = startTool(args, { env });
        await untilPrinted(running, 'stdout', /^hello from web\n$/);
        const log = sandbox.kubelets[0]?.logs.web;
        log?.append('more');
        await untilPrinted(running, 'stdout', /^hello from web\nmore\n$/);
        log?.end();
        const { code, stderr } = await running.result;
        assert.equal(
          [code, stderr],
          [0, 'note: the log ended: its container has exited, or was replaced\n'],
        );
      }));

  test('waits for a container that is quiet for longer than --timeout', () =>
    withSandbox(async (sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const running = startTool('logs web -f --tail 0 --timeout 500ms', { env });
      const followers = () => sandbox.kubelets[0]?.logs.web.followers;
      while (followers() !== 1) await sleep(5);
      await sleep(1000);
      sandbox.kubelets[0]?.logs.web.append('late');
      await untilPrinted(running, 'stdout', /^late\n$/);
      running.interrupt();
      const { code, stderr } = await running.result;
      assert.equal([code, stderr], [130, '']);
      while (followers() !== 0) await sleep(5);
    }));

  test('finds the pod in the kubelet of --node, or at --address without an API server', () =>
    withSandbox(async (sandbox, tool) => {
      const byNode = await tool(['logs', 'web', '--node', 'node-1']);
      assert.equal([byNode.code, byNode.stdout, byNode.stderr], [0, 'hello from web\n', '']);
      const [first] = sandbox.kubelets;
      assert.equal(first?.requests.slice(-2), ['GET /pods', 'GET /containerLogs/default/web/main']);
      await sandbox.apiServer.stop();
      const address = `127.0.0.1:${first?.port}`;
      const at = await tool(['logs', 'default/web', '--address', address]);
      assert.equal([at.code, at.stdout, at.stderr], [0, 'hello from web\n', '']);
    }));

  for (const [title, words, expected] of [
    [
      'pod',
      'wen',
      'Error from server (NotFound): pods "wen" not found in namespace default\nhint: did you mean: web?\nhint: kubectl get pods -n default\n',
    ],
    [
      'pod of a namespace',
      'web -n other',
      'Error from server (NotFound): pods "web" not found in namespace other\nhint: did you mean: default/web?\nhint: kubectl get pods -n other\n',
    ],
    [
      'container',
      'web -c wep',
      'error: pod default/web has no container wep, only web\nhint: did you mean: --container web?\n',
    ],
    [
      'container without a similar name',
      'web -c zzz',
      'error: pod default/web has no container zzz, only web\n',
    ],
    [
      'pod of a node',
      'wen --node node-1',
      /^error: the kubelet of node-1 at [\d.:]+ runs no pod default\/wen\nhint: did you mean: default\/web\?\nhint: kubectl kubeletaccess get pods -A --node node-1\n$/,
    ],
    [
      'pod of a node, but of another namespace',
      'web -n other --node node-1',
      /^error: the kubelet of node-1 at [\d.:]+ runs no pod other\/web\nhint: did you mean: default\/web\?\n/,
    ],
    [
      'pod, but a workload',
      'kube-proxy -n kube-system --node node-1',
      /^error: .* runs no pod kube-system\/kube-proxy\nhint: did you mean: kube-system\/kube-proxy-node-1\?\n/,
    ],
    ['node', 'web --node node-9', /^Error from server \(NotFound\): nodes "node-9" not found\n/],
  ] as const)
    test(`names a ${title} that does not exist: ${words}`, () =>
      withSandbox(async (_, tool) => {
        const { code, stdout, stderr } = await tool(`logs ${words}`);
        assert.equal([code, stdout], [1, '']);
        if (typeof expected === 'string') assert.is(stderr, expected);
        else assert.match(stderr, expected);
      }));

  test('requires a pod that is assigned to a node', () =>
    withSandbox(async (sandbox, tool) => {
      web(sandbox).spec = { containers: [{ name: 'web' }] };
      const { code, stderr } = await tool(['logs', 'web']);
      assert.equal(
        [code, stderr],
        [
          1,
          'error: pod default/web is not assigned to a node\nhint: kubectl describe pod web -n default\n',
        ],
      );
    }));

  test('prints a binary log, but not to a terminal', () =>
    withSandbox(async ({ kubelets }, tool) => {
      kubelets[0]?.logs.web.append('\u0000\u0001\u0002');
      const piped = await tool(['logs', 'web']);
      assert.equal([piped.code, piped.stdout], [0, 'hello from web\n\u0000\u0001\u0002\n']);
      const shown = await tool(['logs', 'web'], 'admin', { onTerminal: true });
      assert.equal([shown.code, shown.stdout], [1, '']);
      assert.match(
        shown.stderr,
        /^error: the kubelet of node-1 at [\d.:]+ sent a body that is not text\nhint: redirect it to a file: > FILE\nhint: or print it to the terminal: \| cat\n$/,
      );
    }));

  test('quotes a denial of the kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('pods,nodes')]);
      const { code, stderr } = await tool(['logs', 'web'], 'dev');
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ answered GET \/containerLogs\/default\/web\/web with 403: Forbidden \(user=dev, verb=get, resource=nodes, subresource\(s\)=\[proxy\]\)\nwhy: /,
      );
    }));
});
