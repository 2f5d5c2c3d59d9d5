// The entry point of the executable. When the executable is built, Node evaluates this module and stores the heap as a snapshot. A start
// continues from the snapshot, in which all modules are evaluated and often used code is compiled. An executable that is built on another
// platform has no snapshot, and evaluates this module at every start.
import { startupSnapshot } from 'node:v8';
import '../src/commands/curl/command.ts';
import '../src/commands/version.ts';
// Most commands load these modules. In the snapshot, the modules are compiled.
import '../src/cli/output-template.ts';
import '../src/text/table.ts';
import { findPosition } from '../src/commands/completion/position.ts';
import '../src/commands/completion/print-candidates.ts';
import { main } from '../src/main.ts';
import { catalog } from '../src/run.ts';
import { warm } from './snapshot/warm.ts';

async function warmUp(): Promise<void> {
  await warm();
  // Completion must be fast, because a shell waits for it. It needs the declarations of all commands.
  await findPosition(['curl', '--node', ''], catalog);
}

function start(): void {
  if (!restarted()) void main();
}

/**
 * Removes information about the build machine, because it would make each snapshot different. Node sets all of these values again at each
 * start.
 */
function forgetThisMachine(): void {
  process.argv = [];
  process.execPath = '';
  Object.defineProperty(process, 'pid', { value: 0, enumerable: true, configurable: true });
}

if (startupSnapshot.isBuildingSnapshot()) {
  // Loads the modules that node:https needs, except modules that a snapshot cannot contain.
  for (const name of ['crypto', 'dns', 'net', 'stream/promises', 'url'])
    process.getBuiltinModule(`node:${name}`);
  startupSnapshot.setDeserializeMainFunction(start);
  void warmUp();
  forgetThisMachine();
} else start();

/**
 * If NODE_DEBUG is set, starts the process again without it, because Node would print TLS traffic with tokens. Deleting the variable is not
 * enough, because Node reads it before this code runs. Returns whether the process was started again.
 */
function restarted(): boolean {
  // This variable would only cause a warning, because the program always sets the verification itself.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  const { NODE_DEBUG, NODE_DEBUG_NATIVE, ...env } = process.env;
  if (NODE_DEBUG === undefined && NODE_DEBUG_NATIVE === undefined) return false;
  const { execPath, argv } = process;
  // The arguments of an executable begin at argv[2]. If an installed Node runs the program, it also needs argv[1], the path of the script.
  const words = argv.slice(process.getBuiltinModule('node:sea').isSea() ? 2 : 1);
  if (process.platform !== 'win32') process.execve?.(execPath, [execPath, ...words], env);
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status } = spawnSync(execPath, words, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  return true;
}
