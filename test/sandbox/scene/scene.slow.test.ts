import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../../../scripts/paths.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { withTerminal } from '../../kit/terminal.ts';
import { runTool, startProcess } from '../../kit/tool.ts';
import { createNodeLogs } from '../node-logs.ts';
import { beginLife } from './life.ts';
import { type Scene, startScene } from './scene.ts';

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await startScene({ minor: 37 });
  try {
    await use(scene);
  } finally {
    await scene.stop();
  }
}

/** Runs the program until its output matches, then interrupts it. */
async function until(scene: Scene, args: readonly string[], pattern: RegExp): Promise<string> {
  const running = startProcess(executable, args, { env: { KUBECONFIG: scene.kubeconfig } });
  const deadline = Date.now() + 100_000;
  while (!pattern.test(running.stdout()) && Date.now() < deadline) await sleep(50);
  running.interrupt();
  await running.result;
  return running.stdout();
}

concurrentSuite('the cluster of the demo', (test) => {
  test('has a shell without a terminal', () =>
    withScene(async (scene) => {
      const shell = ['exec', 'web', '-i', '--allow-exec', '--', 'sh'];
      const { code, stdout, stderr } = await runTool(shell, {
        env: { KUBECONFIG: scene.kubeconfig },
        stdin:
          'echo "a  b" > /tmp/x; cat /tmp/x\nls /etc\ncd etc/; pwd; ls -l; cat ../tmp/x; cd nosuch\nnosuch\nexit 3\necho never\n',
      });
      assert.equal(
        [code, stdout, stderr.split('\n').slice(0, 2)],
        [
          3,
          'a  b\nhosts\nos-release\n/etc\nhosts\nos-release\na  b\n',
          ["sh: cd: can't cd to nosuch: No such file or directory", 'sh: nosuch: not found'],
        ],
      );
      const plain = ['exec', 'web', '--no-upgrade', '--allow-exec', '--'];
      const listed = await scene.tool([...plain, 'ls', '/etc']);
      assert.equal([listed.code, listed.stdout], [0, 'hosts\nos-release\n']);
      const failed = await scene.tool([...plain, 'cat', '/nosuch']);
      assert.match(failed.stderr, "cat: can't open '/nosuch'");
      const missing = await scene.tool(['exec', 'web', '--allow-exec', '--', 'nosuch']);
      assert.match(missing.stderr, 'exec: "nosuch": executable file not found in $PATH');
    }));

  test('has a shell that reacts to the size of the terminal and to Ctrl-C', () =>
    withScene(({ kubeconfig }) =>
      withTerminal(
        [executable, 'exec', '-it', 'web', '--allow-exec', '--', 'sh'],
        { KUBECONFIG: kubeconfig },
        async (terminal) => {
          await terminal.until(/^\/ #/m);
          await terminal.resize(91, 33);
          await sleep(300);
          await terminal.type('stty sizX');
          await terminal.press('BSpace');
          await terminal.type('e');
          await terminal.press('Enter');
          await terminal.until(/^33 91$/m);
          await terminal.type('sleep 600');
          await terminal.press('Enter');
          await sleep(300);
          await terminal.press('C-c');
          await terminal.until(/\^C\n+\/ #/);
          await terminal.type('echo still here');
          await terminal.press('Enter');
          await terminal.until(/^still here$/m);
          await terminal.type('cd /etc');
          await terminal.press('Enter');
          await terminal.until(/^\/etc #/m);
          await terminal.press('Up');
          await terminal.until(/^\/etc # \^\[\[A/m);
        },
      ),
    ));

  test('has a container with a shell to attach to', () =>
    withScene(async ({ kubeconfig }) => {
      const attach = ['attach', 'toolbox', '-i', '--allow-exec'];
      const { code, stdout } = await runTool(attach, {
        env: { KUBECONFIG: kubeconfig },
        stdin: 'echo attached\nexit 4\n',
      });
      assert.is(code, 4);
      // The container has a terminal, which echoes input.
      assert.match(stdout, /echo attached[\s\S]*^attached\r$/m);
    }));

  test('has growing logs, a journal and rotating files', () =>
    withScene(async (scene) => {
      const [log, journal, file] = await Promise.all([
        until(scene, ['logs', 'web', '-f'], /GET [\s\S]*GET /),
        until(
          scene,
          'node-logs --role worker --node node-2 -u containerd --since 1s -f'.split(' '),
          /^node-2 .*PullImage/m,
        ),
        until(
          scene,
          ['node-logs', 'node-1', '--path', 'syslog', '--tail', '1', '-f'],
          /(?:kubelet|containerd): (?:.*\n){17}/,
        ),
      ]);
      assert.match(log, 'hello from web');
      assert.match(journal, /^node-2 \w{3} \d\d \S+ node-2 containerd/m);
      assert.ok(file.split('\n').length > 17, file);
      const { stdout } = await scene.tool(['node-logs', 'node-1']);
      assert.equal(stdout.trim().split('\n'), ['pods/', 'syslog', 'syslog.1']);
    }));

  test('rotates syslog, which is never empty', () =>
    withFiles({}, (directory) => {
      const logs = createNodeLogs(directory, 'node-1');
      const { beat } = beginLife('node-1', logs, () => true);
      for (let turn = 0; turn < 40; turn += 1) {
        beat();
        assert.is.not(readFileSync(join(logs.folder, 'syslog'), 'utf8'), '');
      }
      const rotated = readFileSync(join(logs.folder, 'syslog.1'), 'utf8');
      assert.is(rotated.trim().split('\n').length, 15);
    }));

  test('has usage and histograms that change', () =>
    withScene(async ({ tool }) => {
      const look = async (...args: readonly string[]) => (await tool(args)).stdout;
      const views = [
        ['top', 'pods', '-A', '--node', 'node-1'],
        ['metrics', 'node-1', '--filter', 'kubelet_runtime_operations_duration_seconds_count'],
      ];
      const before = await Promise.all(views.map((view) => look(...view)));
      await sleep(2000);
      const after = await Promise.all(views.map((view) => look(...view)));
      for (const index of [0, 1]) assert.is.not(before[index], after[index]);
    }));

  test('serves a web page through port-forward', () =>
    withScene(async (scene) => {
      const args = ['port-forward', 'web', ':http', '--allow-exec'];
      const running = startProcess(executable, args, { env: { KUBECONFIG: scene.kubeconfig } });
      try {
        let port: string | undefined;
        for (let turn = 0; turn < 200 && port === undefined; turn += 1) {
          await sleep(50);
          [, port] = /127\.0\.0\.1:(\d+)/.exec(running.stdout()) ?? [];
        }
        const page = await fetch(`http://127.0.0.1:${port}/about`);
        assert.match(await page.text(), 'You asked for /about');
      } finally {
        running.interrupt();
        await running.result;
      }
    }));

  test('has a metrics-server that works after it is granted permissions', () =>
    withScene(async ({ tool, api }) => {
      const metrics = '/apis/metrics.k8s.io/v1beta1';
      // kubectl top looks for the API group in this response.
      const groups = await api('GET', '/apis');
      assert.match(groups.text, '"metrics.k8s.io/v1beta1"');
      assert.is((await api('GET', `${metrics}/nodes`)).status, 503);
      const check = ['check', 'metrics-server', '--node', 'node-1'];
      const before = await tool(check);
      assert.is(before.code, 3);
      const [, grant = ''] = /run: kubectl kubeletaccess (grant .*)/.exec(before.stdout) ?? [];
      assert.is((await tool(grant.split(' '))).code, 0, grant);
      for (let turn = 0; turn < 100; turn += 1) {
        if ((await tool(check)).code === 0) break;
        await sleep(100);
      }
      const after = await tool(check);
      assert.match(after.stdout, /^metrics-server +\S+ +1 of 1 +ok$/m, after.stdout);
      const named = async (path: string) =>
        (
          (await api('GET', `${metrics}/${path}`)).body as {
            items: { metadata: { name: string } }[];
          }
        ).items.map(({ metadata }) => metadata.name);
      // metrics-server has no numbers of the other nodes: kubectl top shows <unknown> for them.
      assert.equal(await named('nodes'), ['node-1', 'node-2', 'node-4']);
      assert.equal(await named('namespaces/default/pods?labelSelector=app=web'), ['web', 'web-2']);
      const { text } = await api('GET', `${metrics}/namespaces/shop/pods/db-0`);
      assert.match(
        text,
        /"containers":\[\{"name":"postgres","usage":\{"cpu":"\d+n","memory":"\d+Ki"\}\}\]/,
      );
    }));

  test('has one pod that the API server does not have', () =>
    withScene(async ({ tool, api }) => {
      const { body } = await api('GET', '/api/v1/pods');
      const { items } = body as { items: { metadata: { name: string } }[] };
      const known = new Set(items.map(({ metadata }) => metadata.name));
      for (const type of ['pods', 'runningpods']) {
        const { stdout } = await tool(['get', type, '-A', '-o', 'jsonpath={.items[*].pod}']);
        const unknown = stdout.split(' ').filter((name) => !known.has(name));
        assert.equal(unknown, ['import-29400180-m5w8d']);
      }
    }));
});
