// The entry point of the executable. Node evaluates it when the executable is built and stores the heap as a snapshot: a
// start continues from there, with all modules evaluated and the hot paths compiled. An executable without a snapshot, which
// is built on another platform, evaluates it at every start.
import { Writable } from 'node:stream';
import { startupSnapshot } from 'node:v8';
import '../src/commands/curl/command.ts';
import { findPosition } from '../src/commands/completion/position.ts';
import '../src/commands/completion/print-candidates.ts';
import type { World } from '../src/context.ts';
import { parseKubeconfig } from '../src/kube/config/parse-kubeconfig.ts';
import { resolveConnection } from '../src/kube/config/resolve-connection.ts';
import { noFlags } from '../src/kube/config/select-entries.ts';
import { main } from '../src/main.ts';
import { catalog, run } from '../src/run.ts';

const dummyKubeconfig = `
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1", certificate-authority-data: YQ==}}]
users: [{name: a, user: {client-certificate-data: YQ==, client-key-data: YQ==}}]
contexts:
- name: a
  context:
    cluster: a
    user: a
current-context: a
`;

/** Runs the hot paths once, without files, network or anything of this machine. */
async function warm(): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const world: World = {
    env: {},
    get stdin(): never {
      throw new Error('not read here');
    },
    stdout: nowhere,
    stderr: nowhere,
    colorDepth: 1,
    cwd: '/',
    signal: new AbortController().signal,
  };
  await run(['curl', '/healthz', '--node', 'a', '--via', 'nowhere'], world);
  await run(['version'], world);
  // A shell waits for completion, which needs the declarations of all commands.
  await findPosition([''], catalog);
  await resolveConnection(parseKubeconfig('dummy', Buffer.from(dummyKubeconfig)), noFlags, {
    cwd: '/',
    env: {},
    signal: world.signal,
    requestTimeout: 0,
    openPlugin: () => {
      throw new Error('not run here');
    },
  });
}

function start(): void {
  if (!restarted()) void main();
}

/**
 * A snapshot would hold what Node knows of the machine that makes it, and differ each time. Node sets all of these anew at a
 * start.
 */
function forgetThisMachine(): void {
  process.argv = [];
  process.execPath = '';
  Object.defineProperty(process, 'pid', { value: 0, enumerable: true, configurable: true });
}

if (startupSnapshot.isBuildingSnapshot()) {
  // The modules that node:https needs and that a snapshot can hold.
  for (const name of ['crypto', 'dns', 'net', 'stream/promises', 'url'])
    process.getBuiltinModule(`node:${name}`);
  startupSnapshot.setDeserializeMainFunction(start);
  void warm();
  forgetThisMachine();
} else start();

/**
 * NODE_DEBUG makes Node print TLS traffic, tokens included. Node reads it before our code runs: the process has to be
 * started again without it.
 */
function restarted(): boolean {
  // Verification is always explicit, so this one only causes a warning.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  const { NODE_DEBUG, NODE_DEBUG_NATIVE, ...env } = process.env;
  if (NODE_DEBUG === undefined && NODE_DEBUG_NATIVE === undefined) return false;
  const { execPath, argv } = process;
  if (process.platform !== 'win32') process.execve?.(execPath, [execPath, ...argv.slice(2)], env);
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status } = spawnSync(execPath, argv.slice(2), { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  return true;
}
