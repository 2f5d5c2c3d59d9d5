import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { pairs } from '../kit/pairs.ts';
import { isShared, shareOf } from '../kit/random.ts';
import { atEnd, concurrentSuite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess, startProcess } from '../kit/tool.ts';
import { type Sandbox, sandboxToken, startSandbox } from '../sandbox/sandbox.ts';

const sandbox = await startSandbox({ minor: 37 });
atEnd(() => sandbox.stop());
const env = {
  KUBECONFIG: sandbox.kubeconfigs.admin,
  HOME: sandbox.directory,
  PATH: '/usr/bin:/bin',
};
const admin = readFileSync(sandbox.kubeconfigs.admin, 'utf8');
const curl = ['curl', '/healthz', '--node', 'node-1', '--show-token'];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const configOf = (user: object, cluster: object = {}) => {
  const trusted = { 'certificate-authority-data': base64(sandbox.authority.cert) };
  return kubeconfigText({ server: sandbox.apiServer.url, ...trusted, ...cluster }, user);
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
const plugin = (script: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', script],
    interactiveMode: 'Never',
  },
});
const credential = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion: 'client.authentication.k8s.io/v1',
  status: { token: sandboxToken },
});

interface Input {
  readonly content: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** All inputs that the program reads from files. A flag, a variable or a kubeconfig names the file. Here, the file is `pipe`. */
const inputs: Readonly<Record<string, Input>> = {
  '--kubeconfig': { content: admin, args: [...curl, '--kubeconfig', 'pipe'] },
  $KUBECONFIG: { content: admin, args: curl, env: { KUBECONFIG: 'pipe' } },
  'the kubeconfig of status': { content: admin, args: ['status', '--kubeconfig', 'pipe'] },
  'the kubeconfig of grant': {
    content: admin,
    args: ['grant', '--dry-run=client', '--kubeconfig', 'pipe'],
  },
  'a tokenFile': {
    content: sandboxToken,
    args: [...curl, '--kubeconfig', 'config'],
    files: { config: configOf({ tokenFile: 'pipe' }) },
  },
  'a certificate-authority': {
    content: sandbox.authority.cert,
    args: [...curl, '--kubeconfig', 'config'],
    files: {
      config: configOf(
        { token: sandboxToken },
        { 'certificate-authority-data': undefined, 'certificate-authority': 'pipe' },
      ),
    },
  },
  '--certificate-authority': {
    content: sandbox.authority.cert,
    args: [...curl, '--kubeconfig', 'config', '--certificate-authority', 'pipe'],
    files: {
      config: configOf({ token: sandboxToken }, { 'certificate-authority-data': undefined }),
    },
  },
  '--kubelet-certificate-authority': {
    content: sandbox.authority.cert,
    args: [...curl, '--kubelet-certificate-authority', 'pipe'],
  },
  '--kubelet-token-file': {
    content: sandboxToken,
    args: [...curl, '--kubelet-token-file', 'pipe'],
  },
  '-d @FILE': {
    content: '4',
    args: ['curl', 'loglevel', '-X', 'PUT', '--allow-unsafe', '-d', '@pipe', '--node', 'node-1'],
  },
  $KUBERC: {
    content: '',
    args: [...curl, '--kubeconfig', 'config'],
    files: { config: configOf(plugin(`echo '${credential}'`)) },
    env: { KUBERC: 'pipe' },
  },
  'the kubeconfig of logs': { content: admin, args: ['logs', 'web', '--kubeconfig', 'pipe'] },
  'the kubeconfig of exec': {
    content: admin,
    args: ['exec', 'web', '--allow-exec', '--kubeconfig', 'pipe', '--', 'echo', 'hi'],
  },
  'explain FILE': { content: 'dial tcp 10.0.0.1:10250: i/o timeout\n', args: ['explain', 'pipe'] },
};

function withPipe<T>(input: Input, use: (folder: string) => Promise<T>): Promise<T> {
  return withFiles(input.files ?? {}, async (folder) => {
    assert.is(spawnSync('mkfifo', [join(folder, 'pipe')]).status, 0);
    return use(folder);
  });
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function start(folder: string, { args, env: more }: Pick<Input, 'args' | 'env'>) {
  const options = { cwd: folder, env: { ...env, ...more }, timeoutMs: 100_000 };
  const { child, result } = startProcess(executable, args, options);
  const ended = result.then(({ code, stdout, stderr }) => ({ code, output: stdout + stderr }));
  return { child, ended };
}

async function untilWaiting(pid: number | undefined, pipe: string): Promise<void> {
  const opened = () => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
    } catch {
      // The process may close a file between both calls.
      return [];
    }
  };
  for (let count = 0; count < 6000; count += 1) {
    if (opened().some((path) => path.includes(pipe))) return;
    await sleep(10);
  }
  throw new Error('the program does not open the pipe');
}

if (process.platform === 'linux')
  concurrentSuite('a pipe in place of a file', (test) => {
    for (const [title, input] of Object.entries(inputs)) {
      test(`is read to its end, however slowly it is written: ${title}`, () =>
        withPipe(input, async (folder) => {
          const { child, ended } = start(folder, input);
          await untilWaiting(child.pid, join(folder, 'pipe'));
          const writer = await open(join(folder, 'pipe'), 'w');
          const half = Math.floor(input.content.length / 2);
          await writer.write(input.content.slice(0, half));
          await sleep(50);
          await writer.write(input.content.slice(half));
          await writer.close();
          const { code, output } = await ended;
          assert.is(code, title.includes('status') ? 3 : 0, output);
        }));
    }

    const left = pairs(Object.keys(inputs), signals, [false, true]);
    for (const [title, signal, hasWriter] of shareOf(left, 4)) {
      const input = inputs[title] as Input;
      test(`is no longer read on ${signal} if it has ${hasWriter ? 'a silent writer' : 'no writer'}: ${title}`, () =>
        withPipe(input, async (folder) => {
          const pipe = join(folder, 'pipe');
          const { child, ended } = start(folder, input);
          await untilWaiting(child.pid, pipe);
          const writer = hasWriter ? await open(pipe, 'w') : undefined;
          await writer?.write(input.content.slice(0, 3));
          child.kill(signal);
          const result = await ended;
          await writer?.close();
          assert.equal(result, { code: 130, output: '' });
        }));
    }

    for (const args of [
      'exec web -i --allow-exec -- cat',
      'attach web -i --allow-exec',
      'explain -',
      'narrow -f -',
      'who-used --audit-log -',
      'curl /healthz --node node-1 -X POST --data @-',
    ])
      test(`a directory as standard input is an error: ${args}`, async () => {
        const command = `"${executable}" ${args} < /`;
        const { code, stderr } = await runProcess('bash', ['-c', command], { env });
        assert.equal(
          [code, stderr],
          [1, 'error: unable to read standard input: it is a directory\n'],
        );
      });

    test('may be a process substitution of the shell', () =>
      withFiles({ config: admin, token: sandboxToken }, async (folder) => {
        const run = (args: string) =>
          runProcess('bash', ['-c', `"${executable}" ${args}`], { env, cwd: folder });
        for (const args of [
          'curl /healthz --node node-1 --kubeconfig <(cat config)',
          'curl /healthz --node node-1 --kubeconfig <(sleep 0.2; cat config)',
          'curl /healthz --node node-1 --kubelet-token-file <(cat token)',
          'curl /healthz --node node-1 --kubeconfig /dev/stdin < config',
          'curl /healthz --node node-1 --kubeconfig /dev/stdin < <(cat config)',
        ]) {
          const { code, stdout, stderr } = await run(args);
          assert.equal([code, stdout, stderr], [0, 'ok', ''], args);
        }
        const empty = await run('curl /healthz --node node-1 --kubeconfig <(true)');
        assert.is(empty.code, 1);
        assert.match(empty.stderr, /^error: /);
        const endless = await run('explain /dev/zero');
        assert.is(endless.code, 3);
      }));

    test('is read only once if it is the kubeconfig of status --watch', () =>
      withPipe({ content: '', args: [] }, async (folder) => {
        const args = ['status', '--watch=50ms', '--kubeconfig', 'pipe'];
        const { child, ended } = start(folder, { args });
        await untilWaiting(child.pid, join(folder, 'pipe'));
        writeFileSync(join(folder, 'pipe'), admin);
        await sleep(1500);
        child.kill('SIGINT');
        const { code, output } = await ended;
        assert.is(code, 130);
        assert.match(output, /^verdict: /, output);
        assert.not.match(output, /^error|kubeconfig pipe/m);
      }));
  });

/** Runs the program and closes one or both of its output streams, at once (`early`) or after the first output. */
async function runClosed(
  args: readonly string[],
  closed: 'stdout' | 'stderr' | 'both',
  early: boolean,
  from: Sandbox = sandbox,
): Promise<Ended> {
  const child = spawn(executable, args, { env: { ...env, KUBECONFIG: from.kubeconfigs.admin } });
  let output = '';
  const streams = closed === 'both' ? [child.stdout, child.stderr] : [child[closed]];
  for (const stream of [child.stdout, child.stderr]) {
    if (!streams.includes(stream))
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    else if (early) stream.destroy();
    else stream.once('data', () => stream.destroy());
  }
  // Waits for `close`, because `exit` may come before the last output.
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

/** Runs the program and reads one of its output streams slowly. The process may end long before all output is read. */
async function readSlowly(args: readonly string[], from: 'stdout' | 'stderr') {
  const child = spawn(executable, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const other = from === 'stdout' ? child.stderr : child.stdout;
  let rest = '';
  other.on('data', (text: Buffer) => {
    rest += text.toString();
  });
  let bytes = 0;
  let tail = '';
  for await (const chunk of child[from] as AsyncIterable<Buffer>)
    for (let at = 0; at < chunk.length; at += 16_384) {
      const piece = chunk.subarray(at, at + 16_384);
      bytes += piece.length;
      tail = (tail + piece.toString()).slice(-100);
      await sleep(2);
    }
  return { code: await ended, bytes, tail, rest };
}

concurrentSuite('a reader that is slow', (test) => {
  const zeros = '/logs/zeros?bytes=1048576';

  test('gets all of stdout', async () => {
    const one = await readSlowly(['curl', zeros, '--node', 'node-1'], 'stdout');
    assert.equal([one.code, one.bytes, one.rest], [0, 1_048_576, '']);
    const json = await readSlowly(['curl', zeros, '--all', '-o', 'json'], 'stdout');
    assert.is(json.code, 0);
    assert.ok(json.bytes > 2 * 1_048_576);
    assert.match(json.tail, /\}\n$/);
  });

  test('gets all of stderr, and the exit code of a failure', async () => {
    const dead = Array.from({ length: 500 }, (_, index) => [
      '--kubelet-address',
      `127.0.0.2:${20_000 + index}`,
    ]).flat();
    const args = ['curl', '/healthz', ...dead, '-v=8'];
    const { code, bytes, tail } = await readSlowly(args, 'stderr');
    assert.is(code, 1);
    assert.ok(bytes > 65_536, `${bytes}`);
    assert.match(tail, /0 of 500 nodes answered, 500 failed \(connection-refused\)\n$/);
  });
});

concurrentSuite('a reader that closes the pipe', (test) => {
  for (const [verb, input] of [
    ['exec', '< /dev/zero'],
    ['exec', '< <(head -c 100000 /dev/zero; sleep 2)'],
    ['attach', '< /dev/zero'],
  ] as const)
    test(`ends an unfinished command with 141, not with 0: ${verb} ${input}`, async () => {
      const args = verb === 'exec' ? 'web -i --allow-exec -- cat' : 'web -i --allow-exec';
      const line = `"${executable}" ${verb} ${args} ${input} | head -c 10; exit \${PIPESTATUS[0]}`;
      const { code, stderr } = await runProcess('bash', ['-c', line], { env });
      assert.equal([code, stderr], [141, '']);
    });

  const rolesOf = ({ store }: Sandbox) => [
    ...store.list('clusterroles').map(({ metadata }) => metadata.name),
    ...store.list('clusterrolebindings').map(({ metadata }) => metadata.name),
  ];
  const forms = [[], ['-v=8'], ['-o', 'yaml'], ['--wait=20s']];
  const closings = pairs(forms, ['stdout', 'stderr', 'both'] as const, [true, false]);
  for (const [more, closed, early] of shareOf(closings, 2))
    test(`interrupts neither grant nor revoke ${more.join(' ')}: ${closed} closed ${early ? 'at once' : 'after the first line'}`, async () => {
      const own = await startSandbox({ minor: 37 });
      try {
        const before = rolesOf(own);
        // With --wait, no --subject is given, because --wait can only check the access of the caller and of kube-apiserver.
        const subject = more.includes('--wait=20s') ? [] : ['--subject', 'user:jane'];
        const profiles = subject.length === 0 ? [] : ['stats', 'logs', 'readonly'];
        const grants = subject.length === 0 ? [[]] : profiles.map((name) => ['--profile', name]);
        for (const which of grants) {
          const args = ['grant', ...which, ...subject, ...more];
          assert.is((await runClosed(args, closed, early, own)).code, 0, args.join(' '));
        }
        assert.is(rolesOf(own).length, before.length + 2 * grants.length);
        const args = ['revoke', ...subject, ...more];
        assert.is((await runClosed(args, closed, early, own)).code, 0);
        assert.equal(rolesOf(own), before);
      } finally {
        await own.stop();
      }
    });

  const printing = [
    ['status', '--watch=20ms', '-o', 'json'],
    ['status', '-o', 'yaml'],
    ['audit', '-o', 'markdown'],
    ['audit'],
    ['curl', '/logs/zeros?bytes=1000000000', '--node', 'node-1'],
    ['curl', '-i', '/nosuch', '--node', 'node-1'],
    ['top', 'pods', '-A'],
    ['get', 'configz', '-o', 'yaml'],
    ['metrics', '-o', 'json'],
    ['logs', 'web'],
    ['node-logs', 'node-1'],
    ['explain', 'no-route'],
    ['options'],
    ['--help'],
  ];
  for (const [index, args] of printing.entries())
    test(`ends a command that only reads, without an error message: ${args.join(' ')}`, async () => {
      for (const early of [0, 1].filter((turn) => isShared(index + turn, 2)).map(Boolean)) {
        const { code, output } = await runClosed(args, 'stdout', early);
        // The program may finish with its usual exit code before it notices that its output is closed.
        assert.ok(
          code === 0 || (code === 3 && args[0] === 'status') || (code === 1 && !early),
          `${code}`,
        );
        assert.not.match(output, /error|bug/);
      }
    });

  test('ends `logs -f` when the next line is written', async () => {
    const log = sandbox.kubelets[0]?.logs.web;
    const writing = setInterval(() => log?.append('more'), 50);
    try {
      for (const early of [true, false])
        assert.equal(await runClosed(['logs', 'web', '-f', '--tail', '1'], 'stdout', early), {
          code: 0,
          output: '',
        });
    } finally {
      clearInterval(writing);
    }
  });

  test('does not end the command if only its standard error goes to the pipe', async () => {
    const { code, output } = await runClosed([...curl, '-v=8'], 'stderr', true);
    assert.equal([code, output], [0, 'ok']);
  });

  test('is not an error, but a full disk is reported as an error when the command ends', async () => {
    if (process.platform !== 'linux') return;
    const own = await startSandbox({ minor: 37 });
    try {
      const args = 'grant --profile stats --subject user:jane';
      const { code, stderr } = await runProcess(
        'sh',
        ['-c', `"${executable}" ${args} > /dev/full`],
        { env: { ...env, KUBECONFIG: own.kubeconfigs.admin } },
      );
      assert.is(code, 1);
      assert.match(stderr, /error: cannot write: ENOSPC/);
      assert.is(stderr.match(/cannot write/g)?.length, 1);
      assert.ok(
        own.store.get('clusterrolebindings', 'kubeletaccess:stats:user:jane') ??
          rolesOf(own).some((name) => name.includes('jane')),
      );
    } finally {
      await own.stop();
    }
  });
});

concurrentSuite('the program', (test) => {
  for (const signal of signals)
    test(`ends a credential plugin on ${signal}, and waits until the plugin has exited`, () =>
      withFiles(
        {
          config: configOf(
            plugin(
              `trap 'sleep 0.2; echo bye > ended; exit 1' TERM; echo $$ > pid; while :; do sleep 0.05; done`,
            ),
          ),
        },
        async (folder) => {
          const { child, ended } = start(folder, { args: [...curl, '--kubeconfig', 'config'] });
          const pid = join(folder, 'pid');
          while (spawnSync('test', ['-s', pid]).status !== 0) await sleep(20);
          child.kill(signal);
          assert.equal(await ended, { code: 130, output: '' });
          assert.is(readFileSync(join(folder, 'ended'), 'utf8'), 'bye\n');
          assert.throws(() => process.kill(Number(readFileSync(pid, 'utf8')), 0), /ESRCH/);
        },
      ));

  test('needs its working folder only for relative paths', async () => {
    if (process.platform !== 'linux') return;
    const run = (args: string) =>
      withFiles({ 'gone/x': '' }, (folder) =>
        runProcess(
          'sh',
          ['-c', `cd "${folder}/gone" && rm -r "${folder}/gone" && exec "${executable}" ${args}`],
          { env },
        ),
      );
    for (const args of [
      'version',
      'curl /healthz --node node-1',
      'status',
      '--help',
      'explain x',
    ]) {
      const { code, stderr } = await run(args);
      assert.ok([0, 3].includes(code), stderr);
      assert.not.match(stderr, /bug|ENOENT|\n +at /);
    }
    for (const path of ['config', './config', '../config'])
      assert.equal(
        (await run(`status --kubeconfig ${path}`)).stderr,
        `error: unable to read kubeconfig ./${path}: no such file or directory\n`,
      );
  });
});
