// The entry point of the executable. Node evaluates it when the executable is built and stores the heap as a snapshot: a
// start continues from there, with all modules evaluated and the hot paths compiled. An executable without a snapshot, which
// is built on another platform, evaluates it at every start.
import { startupSnapshot } from 'node:v8';
import '../src/commands/curl/command.ts';
import '../src/commands/version.ts';
// Modules that most other commands load; the snapshot has them compiled.
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
 * Removes facts about the build machine, which would make each snapshot different. Node sets all of these again at a
 * start.
 */
function forgetThisMachine(): void {
  process.argv = [];
  process.execPath = '';
  Object.defineProperty(process, 'pid', { value: 0, enumerable: true, configurable: true });
}

if (startupSnapshot.isBuildingSnapshot()) {
  // Loads the modules that node:https needs, as far as a snapshot can hold them.
  for (const name of ['crypto', 'dns', 'net', 'stream/promises', 'url'])
    process.getBuiltinModule(`node:${name}`);
  startupSnapshot.setDeserializeMainFunction(start);
  void warmUp();
  forgetThisMachine();
} else start();

/**
 * Starts the process again without NODE_DEBUG, if it is set: Node would print TLS traffic, tokens included. Node reads the
 * variable before our code runs. Returns whether the process was started again.
 */
function restarted(): boolean {
  // The program always sets verification itself, so this variable would only cause a warning.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  const { NODE_DEBUG, NODE_DEBUG_NATIVE, ...env } = process.env;
  if (NODE_DEBUG === undefined && NODE_DEBUG_NATIVE === undefined) return false;
  const { execPath, argv } = process;
  // The arguments of an executable begin at argv[2]. The system's Node also needs argv[1], the path of the script.
  const words = argv.slice(process.getBuiltinModule('node:sea').isSea() ? 2 : 1);
  if (process.platform !== 'win32') process.execve?.(execPath, [execPath, ...words], env);
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status } = spawnSync(execPath, words, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  return true;
}
