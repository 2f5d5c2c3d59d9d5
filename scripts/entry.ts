// The entry point of the executable. Node evaluates it when the executable is built and stores the heap as a snapshot: a
// start continues from there, with all modules evaluated and the hot paths compiled. An executable without a snapshot, which
// is built on another platform, evaluates it at every start.
import { startupSnapshot } from 'node:v8';
import '../src/commands/curl/command.ts';
import '../src/commands/version.ts';
// Modules that most other commands load, compiled once.
import '../src/cli/output-template.ts';
import '../src/text/table.ts';
import { findPosition } from '../src/commands/completion/position.ts';
import '../src/commands/completion/print-candidates.ts';
import { main } from '../src/main.ts';
import { catalog } from '../src/run.ts';
import { warm } from './snapshot/warm.ts';

async function warmUp(): Promise<void> {
  await warm();
  // A shell waits for completion, which needs the declarations of all commands.
  await findPosition(['curl', '--node', ''], catalog);
}

function start(): void {
  if (!restarted()) void main();
}

/**
 * A snapshot would contain facts about the build machine, and differ each time. Node sets all of these again at a
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
  void warmUp();
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
  // Node of the system runs a script.
  const words = argv.slice(process.getBuiltinModule('node:sea').isSea() ? 2 : 1);
  if (process.platform !== 'win32') process.execve?.(execPath, [execPath, ...words], env);
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status } = spawnSync(execPath, words, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  return true;
}
