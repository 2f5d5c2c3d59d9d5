import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { runProcess, startProcess } from '../kit/tool.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';

async function inSandbox(
  options: Omit<SandboxOptions, 'minor'>,
  use: (sandbox: Sandbox, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ minor: 37, ...options });
  try {
    await use(sandbox, { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory });
  } finally {
    await sandbox.stop();
  }
}

function workersOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        const [, parent] =
          /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${each}/stat`, 'utf8')) ?? [];
        return Number(parent) === pid;
      } catch {
        return false;
      }
    });
}

const shared = { KUBELETACCESS_WORKERS: '2' };
const faults = ['none', 'stopped', 'not-tls', 'wrong-name', 'cut', 'unhealthy', 'none'] as const;
/** Returns the text without times, and without the thread IDs in errors of OpenSSL. */
const comparable = (text: string) =>
  text
    .replaceAll(/"ms":\d+/g, '"ms":0')
    .replaceAll(/"date":"[^"]*"/g, '"date":""')
    .replaceAll(/[0-9A-F]{16}:error:/g, 'error:');

concurrentSuite('a fleet that several processes share', (test) => {
  for (const [title, args] of Object.entries({
    'a list': ['curl', '/stats/summary', '--all', '-o', 'json'],
    text: ['curl', '/healthz', '--all', '-v', '1', '--parallel', '1'],
    'status lines': ['curl', '/healthz', '--all', '-o', 'json', '-i'],
    'a table': ['top', 'nodes'],
  }))
    test(`is printed as if one process had called all kubelets: ${title}`, () =>
      inSandbox({ nodes: faults }, async (_, env) => {
        const [one, several] = await Promise.all([
          runProcess(executable, args, { env: { ...env, KUBELETACCESS_WORKERS: '0' } }),
          runProcess(executable, args, { env: { ...env, ...shared } }),
        ]);
        assert.is(one.code, 4, one.stderr);
        assert.is(several.code, one.code);
        assert.is(comparable(several.stdout), comparable(one.stdout));
        assert.is(comparable(several.stderr), comparable(one.stderr));
      }));

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`prints the results so far and ends all processes on ${signal}`, () =>
      inSandbox({ nodes: ['none', 'no-answer', 'no-answer'] }, async (sandbox, env) => {
        const args = ['curl', '/healthz', '--all', '-o', 'json', '--timeout', '600s'];
        const { child, result } = startGroup(args, { ...env, ...shared });
        while (sandbox.kubelets.some(({ requests }) => requests.length === 0)) await sleep(20);
        const workers = workersOf(child.pid ?? 0);
        assert.is(workers.length, 2);
        process.kill(-(child.pid ?? 0), signal);
        const { code, stdout } = await result;
        assert.is(code, 130);
        const { items } = JSON.parse(stdout) as {
          items: { httpStatus?: number; cause?: string }[];
        };
        assert.equal(
          items.map(({ httpStatus, cause }) => httpStatus ?? cause),
          [200, 'interrupted', 'interrupted'],
        );
        await gone(workers);
      }));

  test('answers even if its worker processes are killed', () =>
    inSandbox({ nodes: ['none', 'none', 'none', 'no-answer'] }, async (sandbox, env) => {
      const args = ['curl', '/healthz', '--all', '-o', 'json', '--timeout', '15s'];
      const { child, result } = startGroup(args, { ...env, ...shared });
      while (!sandbox.kubelets[3]?.requests.length) await sleep(20);
      for (const worker of workersOf(child.pid ?? 0)) process.kill(worker, 'SIGKILL');
      const { code, stdout, stderr } = await result;
      assert.is(code, 4, stderr);
      assert.match(stderr, '3 of 4 nodes answered');
      // The main process has sent the request again, because the worker that waited for the answer was killed.
      assert.is(sandbox.kubelets[3]?.requests.length, 2);
      assert.match(stdout, 'no answer within 15 s');
    }));

  test('leaves no worker process behind when the main process is killed during requests', () =>
    inSandbox({ nodes: ['no-answer'] }, async (sandbox, env) => {
      const { child, result } = startGroup(['curl', '/healthz', '--all', '--timeout', '1h'], {
        ...env,
        ...shared,
      });
      while (!sandbox.kubelets[0]?.requests.length) await sleep(20);
      const workers = workersOf(child.pid ?? 0);
      assert.is(workers.length, 2);
      child.kill('SIGKILL');
      await result;
      await gone(workers);
    }));

  test('uses no worker process for a single node', () =>
    inSandbox({ nodes: ['no-answer'] }, async (sandbox, env) => {
      const { child, result } = startGroup(['curl', '/healthz', '--all'], env);
      while (!sandbox.kubelets[0]?.requests.length) await sleep(20);
      assert.equal(workersOf(child.pid ?? 0), []);
      child.kill('SIGINT');
      assert.is((await result).code, 130);
    }));
});

function startGroup(args: readonly string[], env: Readonly<Record<string, string>>) {
  return startProcess(executable, args, { env, detached: true, stdin: null });
}

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) await sleep(20);
}
