import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('commands into containers', (test) => {
  test('need --allow-exec, and say what it means', () =>
    withSandbox(async ({ kubelets, apiServer }, tool) => {
      const exec = await tool(['exec', '-i', 'node-1', '--pod', 'web', '--', 'sh', '-c', 'a b']);
      assert.equal([exec.code, exec.stdout], [2, '']);
      assert.is(
        exec.stderr,
        `error: exec gets into a container: it needs --allow-exec
why: a kubelet checks nodes/proxy alone. No admission, no permission of the pod such as pods/exec, and no audit log of the API server sees what it is sent directly
hint: kubectl kubeletaccess exec --pod web --stdin --allow-exec node-1 -- sh -c 'a b'
`,
      );
      for (const args of [
        ['attach', '--pod', 'web'],
        ['run', '--pod', 'web', '--', 'id'],
        ['exec', '--pod', 'web', '--via', 'apiserver', '--', 'id'],
      ]) {
        const { code, stderr } = await tool(args);
        assert.is(code, 2);
        assert.match(
          stderr,
          /it needs --allow-exec\nwhy: .*\nhint: kubectl kubeletaccess .*--allow-exec/,
        );
      }
      assert.equal([kubelets[0]?.requests, apiServer.requests], [[], []]);
    }));

  const table = [
    [
      ['exec', '--pod', 'web', '--allow-exec'],
      'missing command\nhint: put it behind --: -- COMMAND',
    ],
    [
      ['exec', 'node-1', 'ls', '--pod', 'web', '--allow-exec'],
      'the command must be behind --, and "ls" is before it',
    ],
    [
      ['exec', 'node-1', '--', 'ls'],
      'missing pod: use --pod NAME or --pod NAMESPACE/NAME\nhint: kubectl kubeletaccess curl pods -o table --node node-1',
    ],
    [
      ['exec', 'node-1', '--address', '127.0.0.1', '--pod', 'web', '--', 'ls'],
      'NODE and --address cannot be used together',
    ],
    [
      ['attach', 'node-1', '--node', 'node-1', '--pod', 'web'],
      'NODE and --node cannot be used together',
    ],
    [
      ['exec', 'node-1', '--pod', 'web', '--via', 'apiserver', '--', 'ls'],
      'NODE and --via apiserver cannot be used together: the API server finds the node by the pod',
    ],
    [
      ['exec', 'Node:1', '--pod', 'web', '--', 'ls'],
      'invalid NODE "Node:1": must be the name of a node\nhint: kubectl get nodes',
    ],
    [
      ['exec', '--pod', 'a/b/c', '--', 'ls'],
      'invalid --pod value "a/b/c": must be NAME or NAMESPACE/NAME',
    ],
    [
      ['exec', '-n', 'default/pods/web?', '--pod', 'web', '--allow-exec', '--', 'ls'],
      'invalid namespace "default/pods/web?": must be the name of a namespace\nhint: kubectl get namespaces',
    ],
    [
      ['curl', '-n', '../..', '--pod', 'web', 'healthz'],
      'invalid namespace "../..": must be the name of a namespace\nhint: kubectl get namespaces',
    ],
    [
      ['exec', '--pod', 'web', '--via', 'auto', '--', 'ls'],
      'invalid --via value "auto": must be "direct" or "apiserver"',
    ],
    [
      ['run', '--pod', 'web', '--allow-exec', '--', 'sh', '-c', 'a b'],
      'a kubelet splits the command of /run at each space, and "a b" has one\nhint: exec keeps words as they are: kubectl kubeletaccess exec',
    ],
    [
      ['attach', 'node-1', '--pod', 'web', '--', 'ls'],
      'attach accepts at most 1 argument, received 2',
    ],
  ] as const;
  for (const [args, message] of table)
    test(`are wrong: ${args.join(' ')}`, () =>
      withSandbox({ nodes: ['none'] }, async (_, tool) => {
        const { code, stderr } = await tool(args);
        assert.equal([code, stderr.startsWith(`error: ${message}\n`) || stderr], [2, true]);
      }));

  test('name the pod and container that are not there', () =>
    withSandbox(async (_, tool) => {
      const one = await tool(['exec', 'node-1', '--pod', 'wen', '--allow-exec', '--', 'ls']);
      assert.is(one.code, 1);
      assert.match(
        one.stderr,
        /^error: the kubelet of node-1 at [\d.:]+ runs no pod default\/wen\nhint: did you mean: default\/web\?\nhint: kubectl kubeletaccess curl pods --node node-1 -o table\n$/,
      );
      const other = await tool([...'exec|node-1|--pod|web|-c|wep|--allow-exec|--|ls'.split('|')]);
      assert.is(other.code, 1);
      assert.match(other.stderr, /^error: pod default\/web has no container wep, only \w+\n/);
    }));

  test('are audited with -v', () =>
    withSandbox(async (_, tool) => {
      const { stderr } = await tool([
        'exec',
        '-v1',
        '--pod',
        'web',
        '--allow-exec',
        '--',
        'exit',
        '3',
      ]);
      assert.match(
        stderr,
        /^audit: \S+Z exec in container web of pod default\/web by the kubelet of node-1 at [\d.:]+: exit 3\naudit: \S+Z exec in .* ended with exit code 3: exit 3\n$/,
      );
      const lost = await tool(['exec', '-v1', '--pod', 'web', '--allow-exec', '--', 'nosuch']);
      assert.match(lost.stderr, /ended with an error: nosuch\nerror: /);
    }));

  test('do not make a terminal where there is none', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool([
        ...['exec', '-it', '--pod', 'web', '--allow-exec', '--', 'echo', 'x'],
      ]);
      assert.equal(
        [code, stdout, stderr],
        [0, 'x\n', 'note: no terminal is made: -t needs -i, and a terminal as standard input\n'],
      );
    }));
});

suite('exec of a kubelet before 1.36', (test) => {
  const before = { minor: 31 } as const;
  test('does not start what must learn that its input ends', () =>
    withSandbox(before, async (_, tool) => {
      const { code, stderr } = await tool([
        'exec',
        '-i',
        '--pod',
        'web',
        '--allow-exec',
        '--',
        'cat',
      ]);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: the kubelet of node-1 at [\d.:]+ does not speak v5\.channel\.k8s\.io: it cannot tell a command that its input ends\nwhy: kubelets before 1\.36 do not; the command was not started\nhint: through the API server: --via apiserver\nhint: for a command that ends by itself, such as head -c 10: --keep-stdin-open\n$/,
      );
    }));

  test('runs everything else', () =>
    withSandbox(before, async (_, tool) => {
      const echo = await tool(['exec', '--pod', 'web', '--allow-exec', '--', 'echo', 'x']);
      assert.equal([echo.code, echo.stdout], [0, 'x\n']);
      const open = ['exec', '-i', '--keep-stdin-open', '--pod', 'web', '--allow-exec', '--'];
      assert.is((await tool([...open, 'exit', '5'])).code, 5);
    }));
});

suite('attach and run', (test) => {
  test('attach prints what the container writes, until it ends', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout } = await tool(['attach', '-i', '--pod', 'web', '--allow-exec']);
      assert.equal([code, stdout], [0, '']);
    }));

  test('run prints what the command wrote, and ends as it did', () =>
    withSandbox(async (_, tool) => {
      // kube-apiserver needs its permission as well.
      await tool(['grant']);
      for (const via of ['direct', 'apiserver']) {
        const args = ['run', '--pod', 'web', '--allow-exec', '--via', via, '--'];
        const good = await tool([...args, 'echo', 'hi']);
        assert.equal([good.code, good.stdout, good.stderr], [0, 'hi\n', '']);
        const bytes = await tool([...args, 'bytes']);
        assert.equal([...bytes.bytes], [0, 255, 254, 128, 10, 27]);
      }
    }));

  test('run of a command that fails has its standard error only, and says so', () =>
    withSandbox(async (_, tool) => {
      const note =
        'note: of a command that fails, a kubelet gives standard error only; for both: kubectl kubeletaccess exec\n';
      const run = ['run', '-v1', '--pod', 'web', '--allow-exec', '--'];
      const silent = await tool([...run.filter((word) => word !== '-v1'), 'false']);
      assert.equal([silent.code, silent.stdout, silent.stderr], [1, '', note]);
      const { code, stdout, stderr } = await tool([...run, 'warn', 'careful']);
      assert.equal([code, stdout], [3, '']);
      assert.match(stderr, /^audit: .*\ncareful\nnote: .*\naudit: .* ended with exit code 3: /);
    }));

  test('run limits the command, not the lookup of its pod', () =>
    withSandbox(async (_, tool) => {
      const run = ['run', '-v1', '--pod', 'web', '--allow-exec', '--timeout', '500ms', '--'];
      const { code, stdout, stderr } = await tool([...run, 'sleep', '9']);
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /\naudit: .* ended with an error: sleep 9\nerror: the command did not end within 500ms by the kubelet of node-1 at [\d.:]+\nwhy: .* It may still run\nhint: without --timeout, /,
      );
    }));

  test('run by the node proxy says what is checked there', () =>
    withSandbox(async (_, tool) => {
      const { code, stderr } = await tool([
        'run',
        '--pod',
        'web',
        '--via',
        'apiserver',
        '--',
        'id',
      ]);
      assert.is(code, 2);
      assert.match(stderr, /\nwhy: the API server checks nodes\/proxy alone: /);
    }));
});
