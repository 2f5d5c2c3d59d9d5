import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { dist, executable } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { type Terminal, withTerminal } from '../kit/terminal.ts';
import { waitFor } from '../kit/wait-for.ts';
import { currentCluster } from './current.ts';
import { nodeAddress } from './network.ts';
import { findProcesses } from './processes.ts';
import { startPod } from './start-pod.ts';
import { kubectlOf, realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const kubectl = kubectlOf(cluster, dist);
const speaksV5 = world.minor >= 36;
const env = { KUBECONFIG: cluster.kubeconfigs.admin, XDG_CACHE_HOME: '/dev/null' };

async function startOnce(name: string, container: object, script: string): Promise<void> {
  await startPod(world, { name, script, container, restartPolicy: 'Never' });
}

const into = ['web', '--allow-exec'];
const exec = (...args: readonly string[]) => world.tool(['exec', ...into, ...args]);

async function pipe(args: readonly string[], input: Buffer) {
  const child = spawn(executable, [...args], { env });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const hash = createHash('sha256');
  let bytes = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code, bytes, hash: hash.digest('hex'), stderr };
}

const inShell = (use: (terminal: Terminal) => Promise<void>) =>
  withTerminal(['sh'], { ...env, PATH: '/usr/bin:/bin', PS1: 'here$ ' }, use);

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function begun(args: readonly string[]) {
  const running = world.start(args, cluster.kubeconfigs.admin);
  await waitFor('the command to begin', 20_000, () => running.stdout().includes('begun'));
  return running;
}

suite(`exec, ${cluster.version}`, (test) => {
  for (const via of ['direct', 'apiserver'])
    test(`exits with the code of the command, and keeps stdout and stderr apart, --via ${via}`, async () => {
      // kube-apiserver needs the permission of this grant, too.
      assert.is((await world.tool(['grant', '--wait'])).code, 0);
      for (const code of [0, 1, 42, 137]) {
        const result = await exec(
          ...['--via', via, '--', 'sh', '-c', `echo o; echo e >&2; exit ${code}`],
        );
        assert.equal([result.code, result.stdout, result.stderr], [code, 'o\n', 'e\n']);
      }
      assert.is((await exec('--via', via, '--', 'sh', '-c', 'kill -9 $$')).code, 137);
      const missing = await exec('--via', via, '--', 'nosuch');
      assert.is(missing.code, 1);
      assert.match(
        missing.stderr,
        /^error: container \S+ of pod \S+ has no command "nosuch"\nwhy: error executing .*nosuch/,
      );
    });

  // Kubelets and API servers stop relaying when they cannot send unread input, and may lose the end of a command. containerd then reports
  // no status, or success. test/kube/streams has servers that lose nothing.
  for (const via of ['direct', 'apiserver'])
    test(`prints all output of a command that ends before its input, --via ${via}`, async () => {
      const line = `cat /dev/zero | timeout 5 "${executable}" exec web -i --leave-stdin-open --via ${via} --allow-exec -- sh -c 'head -c 10 > /dev/null; echo done; exit 7'; exit \${PIPESTATUS[1]}`;
      const turns = Array.from({ length: 10 }, async () => {
        const child = spawn('bash', ['--norc', '-c', line], {
          env: { ...env, PATH: '/usr/bin:/bin' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let out = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => {
            out += chunk.toString();
          });
        const [code] = (await once(child, 'close')) as [number];
        return [code, out] as const;
      });
      const ended = await Promise.all(turns);
      const complete = ended.filter(([, out]) => out.startsWith('done\n'));
      assert.ok(complete.length >= 5, JSON.stringify(ended));
      const lost = /^(?:done\n)?error: the connection .* the connection was lost\n/;
      for (const [code, out] of ended) {
        if (code === 1) assert.match(out, lost);
        // 124 is from the time limit. 0 and 7 are from the status that the server sent.
        else assert.ok([0, 7, 124].includes(code) && /^(?:done\n)?$/.test(out), `${code} ${out}`);
      }
    });

  test('finds the pod at --node and --kubelet-address, and prints audit lines', async () => {
    const byNode = await exec('--node', 'node-1', '-v1', '--', 'echo', 'a  b');
    assert.equal([byNode.code, byNode.stdout], [0, 'a  b\n']);
    assert.match(
      byNode.stderr,
      /^audit: \S+ exec in container web of pod default\/web by the kubelet of node-1 at [\d.:]+: echo 'a {2}b'\naudit: \S+ exec .* ended with exit code 0: echo 'a {2}b'\n$/,
    );
    const at = ['--kubelet-address', nodeAddress(1), ...into];
    assert.is((await world.tool(['exec', ...at, '--', 'echo', 'x'])).stdout, 'x\n');
    const elsewhere = await exec('--node', 'node-2', '--', 'true');
    assert.is(elsewhere.code, 1);
    assert.match(
      elsewhere.stderr,
      /^error: the kubelet of node-2 at [\d.:]+ runs no pod default\/web\n/,
    );
  });

  test('--no-upgrade exits with the code of the command', async () => {
    for (const via of ['direct', 'apiserver']) {
      const path = ['--no-upgrade', '--via', via, '--'];
      const good = await exec(...path, 'echo', 'hi');
      assert.equal([good.code, good.stdout, good.stderr], [0, 'hi\n', '']);
      const bad = await exec(...path, 'ls', '/nosuch');
      assert.equal([bad.code, bad.stdout], [1, ''], bad.stderr);
      assert.match(bad.stderr, /nosuch: No such file.*\nnote: of a command that fails, /);
      const none = await exec(...path, 'nosuch');
      assert.match(none.stderr, /^error: container \S+ of pod \S+ has no command "nosuch"\n/);
    }
  });

  const many = randomBytes(100 * 1024 * 1024);
  test('passes 100 MiB unchanged in each direction', async () => {
    const wanted = { code: 0, bytes: many.length, hash: hashOf(many), stderr: '' };
    const both = ['exec', '-i', ...into];
    assert.equal(await pipe([...both, '--via', 'apiserver', '--', 'cat'], many), wanted);
    if (speaksV5) assert.equal(await pipe([...both, '--', 'cat'], many), wanted);
    const head = ['sh', '-c', `head -c ${many.length} >/many; sha256sum </many`];
    const sum = Buffer.from(`${wanted.hash}  -\n`);
    assert.is((await pipe([...both, '--leave-stdin-open', '--', ...head], many)).hash, hashOf(sum));
    assert.equal(await pipe(['exec', ...into, '--', 'cat', '/many'], Buffer.alloc(0)), wanted);
  });

  test('starts no command whose end of input cannot be sent', async () => {
    const touch = ['sh', '-c', 'touch /started; cat'];
    const { code, stderr } = await pipe(['exec', '-i', ...into, '--', ...touch], Buffer.from('x'));
    const started = await exec('--', 'ls', '/started');
    if (speaksV5) assert.equal([code, stderr, started.code], [0, '', 0]);
    else {
      assert.equal([code, started.code], [1, 1]);
      assert.match(
        stderr,
        /does not speak v5\.channel\.k8s\.io[\s\S]*nothing was started\nhint: .*--via apiserver\n/,
      );
    }
  });

  test('-it gives the command a terminal', async () => {
    const program = [executable, 'exec', '-it', ...into, '--', 'sh'].join(' ');
    await inShell(async (terminal) => {
      const answers = async (text: string, shown: RegExp) => {
        await terminal.enter(text);
        await terminal.until(shown);
      };
      await terminal.enter('stty -g >/tmp/before-$$');
      await answers(program, /^\/ #$/m);
      await answers('stty size', /^50 160$/m);
      await terminal.resize(100, 30);
      await answers('stty size', /^30 100$/m);
      // Ctrl-C ends the remote process, not exec.
      await terminal.enter('sleep 1000');
      await sleep(300);
      await terminal.press('C-c');
      await terminal.until(/\^C\n\/ #$/m);
      await answers('echo code $?', /^code 130$/m);
      // A full-screen program starts and ends.
      await answers('vi /tmp/text', /^~$/m);
      await terminal.type('ihello');
      await terminal.press('Escape');
      await terminal.until(/^- \/tmp\/text/m);
      await answers(':wq', /\/ #$/);
      await answers('cat /tmp/text', /^hello$/m);
      await terminal.enter('(exit 9)');
      await terminal.press('C-d');
      await terminal.until(/here\$$/);
      await answers('echo left $?', /^left 9$/m);
      await answers('stty -g | cmp - /tmp/before-$$ && echo as before', /^as before$/m);
    });
  });

  test('-it restores the terminal when exec is killed', async () => {
    const word = `marked-${randomBytes(4).toString('hex')}`;
    const program = [executable, 'exec', '-it', ...into, '--', 'sh', '-c', `'sleep 1000; ${word}'`];
    await inShell(async (terminal) => {
      await terminal.enter(program.join(' '));
      const ours = () =>
        findProcesses((words) => words[0] === executable && words.join(' ').includes(word));
      await waitFor('the program', 10_000, () => ours().length === 1);
      await sleep(1000);
      const [pid] = ours();
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
      await terminal.until(/here\$$/);
      await terminal.enter('echo left $?; stty -a');
      const screen = await terminal.until(/^isig icanon iexten echo /m);
      assert.match(screen, /^left 130$/m);
    });
  });

  test('ends when the container dies', async () => {
    await startOnce('mortal', {}, 'while [ ! -e /end ]; do sleep 0.1; done');
    const args = ['exec', 'mortal', '--allow-exec', '--'];
    const running = await begun([...args, 'sh', '-c', 'echo begun; sleep 1000']);
    await world.tool([...args, 'touch', '/end']);
    const { code } = await running.result;
    assert.is(code, 137);
  });

  test('fails when the kubelet restarts', async () => {
    const running = await begun(['exec', ...into, '--', 'sh', '-c', 'echo begun; sleep 1000']);
    await cluster.stopKubelet('node-1');
    const { code, stderr } = await running.result;
    await cluster.startKubelet('node-1');
    assert.is(code, 1);
    assert.match(
      stderr,
      /^error: the connection to the kubelet of node-1 at [\d.:]+ ended before the command did: /,
    );
    await waitFor(
      'the pod web to be known again',
      60_000,
      async () => (await exec('--', 'true')).code === 0,
    );
  });

  test('--kubelet-address works while the API server is down', async () => {
    const at = ['exec', '--kubelet-address', nodeAddress(1), ...into, '--', 'echo', 'still'];
    // The kubelet caches the permission for five minutes.
    assert.is((await world.tool(at)).code, 0);
    await cluster.stopApiServer();
    try {
      assert.is((await kubectl(['get', '--raw', '/readyz'])).code, 1);
      const { code, stdout, stderr } = await world.tool(at);
      assert.equal([code, stdout, stderr], [0, 'still\n', '']);
      const byPod = await exec('--', 'true');
      assert.is(byPod.code, 1);
      assert.match(byPod.stderr, /^error: cannot reach the API server/);
    } finally {
      await cluster.startApiServer();
    }
  });
});

suite(`attach, ${cluster.version}`, (test) => {
  test('sends input to the main process, and prints the output until the process ends', async () => {
    const script =
      'while read -r line; do echo "got $line"; [ "$line" != end ] || break; done; sleep 1; exit 7';
    await startOnce('talker', { stdin: true }, script);
    const child = spawn(
      executable,
      ['attach', 'talker', '-i', '--leave-stdin-open', '--allow-exec'],
      { env },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await sleep(1500);
    for (const line of ['one', 'end']) child.stdin.write(`${line}\n`);
    const [code] = await once(child, 'close');
    // A kubelet does not send the exit code of a container, so attach reads it from the status of the pod.
    assert.equal([code, out], [7, 'got one\ngot end\n']);
  });

  test('without -i, only prints output', async () => {
    const script = 'while true; do echo begun; sleep 0.2; done';
    const terminal = { stdin: true, stdinOnce: true, tty: true };
    for (const [name, container] of [
      ['open-input', { stdin: true }],
      ['own-terminal', terminal],
    ] as const) {
      await startOnce(name, container, script);
      const running = await begun(['attach', name, '--allow-exec']);
      // If attach treated missing input as the end of input, the process would end within this time.
      await sleep(1500);
      running.interrupt();
      assert.is((await running.result).code, 130, name);
    }
  });

  test('without -i, does not end the input of a container with stdinOnce', async () => {
    await startOnce('input-once', { stdin: true, stdinOnce: true }, 'echo begun; cat; echo ended');
    for (const via of ['direct', 'apiserver'] as const) {
      const args = ['attach', 'input-once', '--allow-exec', '--via', via];
      const running = world.start(args, cluster.kubeconfigs.admin);
      await sleep(2000);
      running.interrupt();
      const { code, stderr } = await running.result;
      const isRefused = via === 'direct' && !speaksV5;
      assert.is(code, isRefused ? 1 : 130, stderr);
      if (isRefused) assert.match(stderr, 'it would end the standard input of the container');
    }
    const { stdout } = await kubectl(['logs', 'input-once']);
    assert.is(stdout, 'begun\n');
  });

  test('fails when the kubelet restarts', async () => {
    await startOnce('clock', {}, 'while true; do echo begun; sleep 0.2; done');
    const running = await begun(['attach', 'clock', '--allow-exec']);
    await cluster.stopKubelet('node-1');
    const { code, stderr } = await running.result;
    await cluster.startKubelet('node-1');
    assert.is(code, 1);
    assert.match(stderr, /ended before the container did/);
  });
});
