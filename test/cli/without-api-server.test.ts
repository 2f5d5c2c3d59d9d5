import * as assert from 'uvu/assert';
import { concurrentSuite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

/** Command lines, and the command line that the hint suggests for each. It lacks the options that need the API server. */
const lines: Readonly<Record<string, string>> = {
  'top nodes -l pool=a --chart': 'top nodes --chart --kubelet-address HOST',
  'top po -A -l app=web --node node-1,node-2 --sort-by disk':
    'top po --selector app=web --sort-by disk --all-namespaces --kubelet-address HOST',
  'top pods web --node node-1 --via apiserver': 'top pods web --kubelet-address HOST',
  'get configz node-1 -o json': 'get configz --output json --kubelet-address HOST',
  'diff configz': 'diff configz --kubelet-address HOST --kubelet-address HOST',
  'metrics cadvisor node-1 --count --limit 3':
    'metrics cadvisor --limit 3 --count --kubelet-address HOST',
  'curl /healthz?verbose --role worker': "curl '/healthz?verbose' --kubelet-address HOST",
  'node-logs -u kubelet --parallel 2': 'node-logs --unit kubelet --kubelet-address HOST',
  'certificates node-1 --expires-within 1d':
    'certificates --expires-within 1d --kubelet-address HOST',
  'status node-1 --timeout 30s': 'status --timeout 30s --kubelet-address HOST',
  'curl /x --node node-1 -X POST -d secret=hunter2':
    'curl /x --request POST --data DATA --kubelet-address HOST',
};

const nothing = [
  'diff configz --baseline kubelet-config',
  'status --subject user:jane',
  'grant',
  'who-can exec',
  'endpoints node-1',
  // Kubelets do not support impersonation.
  'top pods --as jane --via apiserver',
];

concurrentSuite('a command without an API server', (test) => {
  test('suggests a command that works without the API server', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      const [first, second] = sandbox.kubelets.map(({ port }) => `127.0.0.1:${port}`);
      for (const [line, command] of Object.entries(lines)) {
        const { code, stdout, stderr } = await tool(line.split(' '));
        assert.equal([code, stdout], [1, ''], line);
        assert.match(stderr, /^error: cannot reach the API server /);
        assert.is(
          stderr.split('\nhint: ')[1],
          `without the API server: kubectl kubeletaccess ${command}\n`,
        );
        const words = command
          .replace('HOST', first ?? '')
          .replace('HOST', second ?? '')
          .replaceAll("'", '');
        const { stderr: told } = await tool(words.split(' '));
        assert.match(
          told,
          /answered|^$|^note: |no pods found|log not found/,
          `${command}: ${told}`,
        );
        assert.not.match(told, /cannot be used|cannot reach/, command);
      }
    }));

  test('suggests another command, which reports on one kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      const line =
        'audit node-1 --fail-on low --ignore KA402 -o json --expires-within 9d --timeout 30s --parallel 2';
      const { code, stderr } = await tool(line.split(' '));
      assert.is(code, 1);
      assert.match(stderr, /^error: cannot reach the API server /);
      const command = 'status --expires-within 9d --timeout 30s --kubelet-address HOST';
      assert.equal(stderr.trimEnd().split('\nhint: ').slice(1), [
        'kubectl config view --minify',
        `one kubelet, without the API server: kubectl kubeletaccess ${command}`,
      ]);
      const { stdout } = await tool(
        command.replace('HOST', `127.0.0.1:${sandbox.kubelets[0]?.port}`).split(' '),
      );
      assert.match(stdout, /\n127\.0\.0\.1 .* ok +not-asked\n/);
    }));

  test('suggests checking the API server if no command works without it', () =>
    withSandbox(async (sandbox, tool) => {
      await sandbox.apiServer.stop();
      for (const line of nothing) {
        const { stderr } = await tool(line.split(' '));
        assert.match(
          stderr,
          /^error: cannot reach the API server .*\nwhy: .*\nremedy: check that the API server is up, and that its address is right\nhint: kubectl config view --minify\n$/,
          line,
        );
      }
    }));
});
