import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import * as assert from 'uvu/assert';
import { dist, executable } from '../../scripts/paths.ts';
import { catalog } from '../../src/run.ts';
import { version } from '../../src/version.ts';
import { peakBytes } from '../kit/peak-bytes.ts';
import { sweeps } from '../kit/random.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess, startProcess } from '../kit/tool.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const sandbox = await startSandbox({ minor: 37, nodes: ['none', 'no-answer'] });
atEnd(() => sandbox.stop());
const env = { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory };
const program = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  runProcess(executable, args, { env: { ...env, ...more } });

suite('the executable', (test) => {
  test('prints its version as text, JSON and YAML', async () => {
    assert.is((await program(['version'])).stdout, `kubectl-kubeletaccess v${version}\n`);
    const json = JSON.parse((await program(['version', '-ojson'])).stdout) as object;
    assert.equal(json, {
      apiVersion: 'kubeletaccess/v1alpha1',
      kind: 'Version',
      version: `v${version}`,
    });
    assert.match((await program(['version', '-o', 'yaml'])).stdout, `version: v${version}\n`);
  });

  if (process.platform === 'linux')
    test('reports that it has reached its limit of open files', async () => {
      const words: string[] = [];
      // The test tries several limits, because the number of files that are open at the start depends on Node.
      for (let most = 18; most < 30; most += 1) {
        const line = `ulimit -n ${most}; exec "${executable}" curl /healthz --node node-1`;
        words.push((await runProcess('bash', ['-c', line], { env })).stderr);
      }
      assert.not.match(words.join(''), /undefined|bug in/);
      assert.ok(
        words.some((each) =>
          /: too many open files\nwhy: the client has reached its limit of open files/.test(each),
        ),
        words.join(''),
      );
    });

  test('prints the list of commands, and the help of one command', async () => {
    const { code, stdout, stderr } = await program(['help']);
    assert.equal([code, stderr], [0, '']);
    for (const { name } of catalog.names) assert.match(stdout, new RegExp(`^  ${name} +\\S`, 'm'));
    const curl = await program(['curl', '--help']);
    assert.is(curl.code, 0);
    assert.match(
      curl.stdout,
      /\nUsage:\n {2}kubectl kubeletaccess curl PATH\.\.\. \[options\]\n\nExit codes:\n(?: {2}\d .*\n)+\nUse "kubectl kubeletaccess options" for .*\n$/,
    );
  });

  test('ignores NODE_OPTIONS', async () => {
    assert.is((await program(['version'], { NODE_OPTIONS: '--no-such-option' })).code, 0);
  });

  test('ignores NODE_DEBUG, which prints tokens, and variables that weaken TLS', async () => {
    const more = {
      NODE_DEBUG: 'http,https,tls,net',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      KUBECONFIG: sandbox.kubeconfigs.token,
    };
    const args = ['curl', '/healthz', '--node', 'node-1', '--via', 'direct', '--show-token'];
    const { code, stdout, stderr } = await program(args, more);
    assert.equal([code, stdout, stderr], [0, 'ok', '']);
    assert.is((await program(['nonsense'], more)).code, 2);
  });

  test('reaches a kubelet, and exits with the code of the command', async () => {
    assert.is((await program(['curl', '/healthz', '--node', 'node-1'])).stdout, 'ok');
    assert.is((await program(['logs', 'web'])).stdout, 'hello from web\n');
    const exec = ['exec', 'web', '--allow-exec', '--', 'echo', 'hi'];
    assert.equal((await program(exec)).stdout, 'hi\n');
    assert.is((await program([...exec.slice(0, -2), 'exit', '42'])).code, 42);
    assert.is((await program(['status', '--timeout', '1s', '--request-timeout', '1s'])).code, 3);
    assert.is((await program(['curl', '/nosuch', '--node', 'node-1'])).code, 1);
  });

  test('explains why a kubelet does not start', async () => {
    const text = 'listen tcp 0.0.0.0:10250: bind: address already in use';
    const { code, stdout } = await program(['explain', text, '-o', 'json']);
    assert.is(code, 0);
    assert.match(stdout, '"cause": "port-in-use"');
  });

  test('bundles only small parts of the Kubernetes client, and neither certificates nor paths of the build machine', () => {
    const meta = JSON.parse(readFileSync(`${dist}/meta.json`, 'utf8')) as {
      outputs: Record<string, { inputs: Record<string, unknown>; bytes: number }>;
    };
    const parts = Object.entries(meta.outputs).filter(([, { inputs }]) =>
      Object.keys(inputs).some((path) => /client-node|node_modules.ws\//.test(path)),
    );
    const bytes = parts.reduce((sum, [, part]) => sum + part.bytes, 0);
    // Only small parts of the Kubernetes client may be bundled, because its complete generated API takes 4 MB.
    assert.ok(bytes > 0 && bytes <= 100_000, `${bytes}`);
    const bundle = readFileSync(`${dist}/main.cjs`, 'utf8');
    for (const [path] of parts) assert.not.match(bundle, `"${basename(path)}"(`);
    // The bundle must be small, because it is part of the snapshot, which each start reads completely.
    assert.ok(bundle.length <= 535_000, `${bundle.length}`);
    assert.not.match(bundle, /BEGIN [A-Z ]+-----(?:\\n)?[A-Za-z0-9+/]{40}/);
    assert.not.match(bundle, dist);
  });
});

suite('the executable with invalid input', (test) => {
  // The tests of src/cli and src/kube/config check all errors. The tests here check exit codes.
  const invalid = [
    [
      'grant --nope',
      2,
      /^error: unknown flag: --nope; did you mean --node\?\nhint: kubectl kubeletaccess grant --help\n$/,
    ],
    [
      'status --server https://127.0.0.1:1',
      1,
      /^error: cannot reach the API server https:\/\/127\.0\.0\.1:1: connection refused\n/,
    ],
    [
      'status --kubeconfig /nowhere/config',
      1,
      /^error: unable to read kubeconfig \/nowhere\/config: no such file or directory\n$/,
    ],
  ] as const;
  for (const [line, expected, words] of invalid)
    test(`${line} prints one sentence without a stack trace and exits with ${expected}`, async () => {
      const { code, stdout, stderr } = await program(line.split(' '));
      assert.equal([code, stdout], [expected, '']);
      assert.match(stderr, words);
      assert.not.match(stderr, /\n +at /);
    });

  test('reports that there is no kubeconfig', () =>
    withFiles({}, async (directory) => {
      const { code, stderr } = await program(['status'], { KUBECONFIG: '', HOME: directory });
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: cannot reach the API server http:\/\/localhost:8080: .*\nwhy: .*\nremedy: set KUBECONFIG.*\nhint: no kubeconfig found /,
      );
    }));
});

suite('the executable as a process', (test) => {
  const mebibytes = sweeps ? 1024 : 256;
  test(`passes a body of ${mebibytes} MiB through in less than 120 MB`, async () => {
    const bytes = mebibytes * 1024 ** 2;
    const child = spawn(executable, ['curl', `/logs/zeros?bytes=${bytes}`, '--node', 'node-1'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let received = 0;
    let peak = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received % (64 * 1024 * 1024) < chunk.length)
        peak = Math.max(peak, peakBytes(child.pid ?? 0));
    }
    assert.is(received, bytes);
    assert.ok(peak < 120e6, `it took ${peak} bytes`);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`exits with 130 and prints nothing on ${signal} during a request`, async () => {
      const { child, result } = startProcess(executable, ['curl', '/healthz', '--node', 'node-2'], {
        env,
      });
      const asked = () => sandbox.kubelets[1]?.requests.length ?? 0;
      const before = asked();
      while (asked() === before) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill(signal);
      const { code, stdout, stderr } = await result;
      assert.equal([code, stdout, stderr], [130, '', '']);
    });

  test('is one file that all users can execute', () => {
    if (process.platform !== 'win32') assert.is(statSync(executable).mode & 0o111, 0o111);
  });
});
