import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../../../scripts/paths.ts';
import { forwarding, untilPrinted } from '../../kit/forwarding.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { withTerminal } from '../../kit/terminal.ts';
import { runTool, startTool } from '../../kit/tool.ts';
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
  const running = startTool(args, { env: { KUBECONFIG: scene.kubeconfig } });
  await untilPrinted(running, 'stdout', pattern);
  running.interrupt();
  return (await running.result).stdout;
}

concurrentSuite('the cluster of the demo', (test) => {
  test('has a shell without a terminal', () =>
    withScene(async (scene) => {
      const shell = ['exec', 'web', '-i', '--allow-exec', '--', 'sh'];
      const { code, stdout, stderr } = await runTool(shell, {
        env: { KUBECONFIG: scene.kubeconfig },
        stdin: 'echo "a  b" > /tmp/x; cat /tmp/x\nnosuch\nexit 3\necho never\n',
      });
      assert.equal([code, stdout, stderr], [3, 'a  b\n', 'sh: nosuch: not found\n']);
      const plain = ['exec', 'web', '--no-upgrade', '--allow-exec', '--'];
      const printed = await scene.tool([...plain, 'cat', '/etc/hosts']);
      assert.equal([printed.code, printed.stdout], [0, '127.0.0.1 localhost\n']);
      const failed = await scene.tool([...plain, 'cat', '/nosuch']);
      assert.match(failed.stderr, "cat: can't open '/nosuch'");
      const missing = await scene.tool(['exec', 'web', '--allow-exec', '--', 'nosuch']);
      assert.match(missing.stderr, 'exec: "nosuch": executable file not found in $PATH');
    }));

  test('has a shell on a terminal that knows its size and Ctrl-C', () =>
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
          await terminal.enter('e');
          await terminal.until(/^33 91$/m);
          await terminal.enter('sleep 600');
          await sleep(300);
          await terminal.press('C-c');
          await terminal.until(/\^C\n+\/ #/);
          await terminal.enter('echo still here');
          await terminal.until(/^still here$/m);
          await terminal.press('Up');
          await terminal.until(/^\/ # \^\[\[A/m);
        },
      ),
    ));

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

  test('serves a web page through port-forward', () =>
    withScene(async (scene) => {
      const args = ['port-forward', 'web', ':http', '--allow-exec'];
      const env = { KUBECONFIG: scene.kubeconfig };
      const { ports, interrupt, result } = await forwarding(startTool(args, { env }));
      const page = await fetch(`http://127.0.0.1:${ports[0]}/about`);
      assert.match(await page.text(), 'You asked for /about');
      interrupt();
      await result;
    }));

  test('has a metrics-server that works once it has its permissions', () =>
    withScene(async ({ tool, api }) => {
      const metrics = '/apis/metrics.k8s.io/v1beta1';
      // kubectl top looks for the API group in this response.
      const groups = await api('GET', '/apis');
      assert.match(groups.text, '"metrics.k8s.io/v1beta1"');
      assert.is((await api('GET', `${metrics}/nodes`)).status, 503);
      const check = ['status', '--for', 'metrics-server', '--node', 'node-1'];
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
      const { body } = await api('GET', `${metrics}/nodes`);
      const { items } = body as { items: { metadata: { name: string } }[] };
      // metrics-server has no numbers of the other nodes: kubectl top shows <unknown> for them.
      assert.equal(
        items.map(({ metadata }) => metadata.name),
        ['node-1', 'node-2', 'node-4'],
      );
    }));
});
