import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { untilPrinted } from '../../kit/forwarding.ts';
import { rule } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { checkFailure, startTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { usualContents } from '../../sandbox/node-contents.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';

interface PodObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  spec: object;
}

const web = ({ store }: Sandbox) => store.get('pods', 'default/web') as unknown as PodObject;

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

  test('finds a pod in the namespace of NAMESPACE/POD, of -n, or of the context', () =>
    withSandbox(async (sandbox, tool) => {
      const pod = web(sandbox);
      const metadata = { name: 'web', namespace: 'prod' };
      sandbox.store.put('pods', { ...pod, metadata } as never);
      const { admin } = sandbox.kubeconfigs;
      for (const line of ['logs prod/web', 'logs web -n prod', 'logs web']) {
        assert.is((await tool(line)).code, 0);
        assert.is(asked(sandbox), 'GET /containerLogs/prod/web/web');
        const config = readFileSync(admin, 'utf8');
        writeFileSync(admin, config.replace('"cluster":"sandbox"', '$&,"namespace":"prod"'));
      }
    }));

  test('prints the log of the container of -c, or of the first container', () =>
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

  test('-p explains that the container has no previous instance', () =>
    withSandbox(async (sandbox, tool) => {
      checkFailure(
        await tool(['logs', 'web', '-p']),
        /^error: the kubelet of node-1 at [\d.:]+ answered GET \/containerLogs\/default\/web\/web\?previous=true with 400: previous terminated container "web" in pod "web" not found\nwhy: the container has not been restarted.*\nremedy: leave out -p /,
      );
      assert.is(asked(sandbox), 'GET /containerLogs/default/web/web?previous=true');
    }));

  for (const options of [
    ['--via', 'direct'],
    ['--via', 'apiserver'],
    ['--node', 'node-1'],
  ])
    test(`follows the log of a container through its restarts until it ends for good (${options.join(' ')})`, () => {
      const state = { running: {} };
      const status = { name: 'web', restartCount: 0, state };
      const own = { phase: 'Running', containerStatuses: [status] };
      const contents: SandboxOptions['contentsOf'] = (node, logs) => {
        const usual = usualContents(node, 37, logs);
        return { ...usual, pods: () => [{ ...pod, status: own }] };
      };
      const pod = {
        metadata: { name: 'web', namespace: 'default' },
        spec: { nodeName: 'node-1', restartPolicy: 'OnFailure', containers: [{ name: 'web' }] },
      };
      return withSandbox({ contentsOf: contents }, async (sandbox) => {
        allow(sandbox, 'Kubernetes', [rule('nodes/proxy', 'get')]);
        const change = (next: object) => {
          Object.assign(status, next);
          sandbox.store.put('pods', {
            apiVersion: 'v1',
            kind: 'Pod',
            ...pod,
            status: own,
          } as never);
        };
        change({});
        const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
        // --timeout limits only the lookup, because a container may be quiet.
        const args = ['logs', 'web', '-f', '--tail', '1', '--timeout', '5s', ...options];
        const running = startTool(args, { env });
        await untilPrinted(running, 'stdout', /^hello from web\n$/);
        const log = sandbox.kubelets[0]?.logs.web;
        log?.append('more');
        await untilPrinted(running, 'stdout', /^hello from web\nmore\n$/);
        log?.end();
        change({ restartCount: 1 });
        await untilPrinted(running, 'stdout', /^hello from web\nmore\nhello from web\nmore\n$/);
        change({ state: { terminated: { exitCode: 0 } } });
        const { code, stderr } = await running.result;
        assert.equal([code, stderr], [0, 'note: the log of default/web/web ended\n']);
      });
    });

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
});
