import { type ChildProcess, spawn } from 'node:child_process';
import { extname, isAbsolute, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Failure, Interrupted } from '../../errors.ts';
import type { Environment } from '../environment.ts';
import { readStream } from '../files/read-stdin.ts';
import { within } from '../within.ts';
import { type ExecCredential, execFailure, parseExecOutput } from './exec-credential.ts';
import { type ExecCluster, execInfo } from './exec-info.ts';
import { isDirectory, lookPath, noSuchFile, onWindows, permissionDenied } from './look-path.ts';
import { checkPluginPolicy, type PluginPolicy } from './plugin-policy.ts';

/** `exec` of a kubeconfig user: a program that prints a credential. */
export interface ExecConfig {
  readonly apiVersion: string;
  /** A bare name, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  /** One of `interactiveModes`; empty if not given. */
  readonly interactiveMode: string;
}

export interface ExecWorld {
  /** The environment of this program; its PATH is searched for the plugin. */
  readonly env: Environment;
  readonly stdinIsTerminal: boolean;
  /** False if the command itself reads standard input. */
  readonly stdinAvailable: boolean;
  /** If the stream has a file descriptor, the plugin inherits it, so that a plugin started in a terminal can detect the terminal. */
  readonly stderr: Writable;
  /** Returns the policy; called only before a plugin runs. */
  readonly policy: () => PluginPolicy | Promise<PluginPolicy>;
  /** Time limit in ms; undefined for no limit, because the plugin may wait until the user has logged in by a browser. */
  readonly timeoutMs?: number | undefined;
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const interactiveModes = ['Never', 'IfAvailable', 'Always'];

/** Limit of a plugin's output in bytes. kubectl has no limit, but a credential has only a few kB. */
const mostBytes = 1024 * 1024;

/** Time for the plugin to clean up between SIGTERM and SIGKILL, in ms. */
const graceMs = 1000;

/** Time in ms to wait for SIGINT: this program may receive it only after it learns that the child has exited. */
const lateSignalMs = 20;

/** Validates the `exec` field of the selected user as kubectl does. The Failure lists all problems. */
export function checkExecConfig(config: ExecConfig, userName: string): void {
  const absent = (field: string) =>
    `${field} must be specified for ${userName} to use exec authentication plugin`;
  const problems: string[] = [];
  if (config.command === '') problems.push(absent('command'));
  if (config.apiVersion === '') problems.push(absent('apiVersion'));
  else if (!apiVersions.includes(config.apiVersion))
    problems.push(`exec plugin: invalid apiVersion "${config.apiVersion}"`);
  if (config.env.some(({ name }) => name === '')) problems.push(absent('env variable name'));
  const mode = interactiveMode(config);
  if (mode === '') problems.push(absent('interactiveMode'));
  else if (!interactiveModes.includes(mode))
    problems.push(`invalid interactiveMode for ${userName}: "${mode}"`);
  if (problems.length === 0) return;
  throw new Failure(problems.join('; '), {
    hints: [
      `exec needs a command, an apiVersion (${apiVersions.join(' or ')}) and, with v1, an interactiveMode (${interactiveModes.join(', ')})`,
    ],
  });
}

// interactiveMode is required only in v1.
function interactiveMode({ interactiveMode, apiVersion }: ExecConfig): string {
  return interactiveMode || (apiVersion.endsWith('/v1beta1') ? 'IfAvailable' : '');
}

/**
 * Runs the plugin as kubectl does, and parses the credential that it prints. Call checkExecConfig before. Throws Interrupted, or a Failure
 * that contains no output of the plugin. When it returns or throws, the plugin has exited.
 */
export async function runExecPlugin(
  config: ExecConfig,
  cluster: ExecCluster | undefined,
  world: ExecWorld,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const interactive = isInteractive(config, world);
  const command = isAbsolute(config.command) ? resolve(config.command) : config.command;
  const found = lookPath(command, world.env);
  checkPluginPolicy(await world.policy(), command, found, world.env);
  if (found.path === undefined) throw cannotRun(config, command, found.problem);
  if (/^\.(?:bat|cmd)$/i.test(extname(found.path)) && onWindows)
    throw execFailure(`exec: ${found.path} is a batch file, and batch files need a shell`, {
      hints: ['set command of the exec to the .exe that the batch file starts'],
    });

  if (signal.aborted) throw new Interrupted();
  const info = execInfo(
    config.apiVersion,
    config.provideClusterInfo ? cluster : undefined,
    interactive,
  );
  let child: ChildProcess;
  try {
    child = spawn(found.path, config.args, {
      argv0: command,
      env: environment(world.env, config, info),
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', descriptorOf(world.stderr) ?? 'pipe'],
    });
  } catch (error) {
    throw cannotStart(command, error);
  }
  child.stderr?.pipe(world.stderr, { end: false });
  const text = await outputOf(child, command, world.timeoutMs, signal);
  return parseExecOutput(text, config.apiVersion);
}

function descriptorOf(stream: Writable): number | undefined {
  const { fd } = stream as { readonly fd?: unknown };
  return typeof fd === 'number' ? fd : undefined;
}

function isInteractive(config: ExecConfig, world: ExecWorld): boolean {
  const mode = interactiveMode(config);
  const isPossible = world.stdinIsTerminal && world.stdinAvailable;
  if (isPossible || mode !== 'Always') return isPossible && mode !== 'Never';
  const problem = world.stdinIsTerminal
    ? 'standard input is unavailable: used by the command itself'
    : 'standard input is not a terminal';
  throw execFailure(`exec plugin cannot support interactive mode: ${problem}`, {
    details: ['interactiveMode of the exec in the kubeconfig is Always'],
  });
}

/**
 * Joins the environment of this program, the env of the config and KUBERNETES_EXEC_INFO. If a name occurs more than once, its last value is
 * used.
 */
function environment(own: Environment, config: ExecConfig, info: string): Record<string, string> {
  const all: [string, string | undefined][] = [
    ...Object.entries(own),
    ...config.env.map(({ name, value }): [string, string] => [name, value]),
    ['KUBERNETES_EXEC_INFO', info],
  ];
  const result: Record<string, string> = {};
  // On Windows, PATH and Path are the same variable, and Node would use the first value. With names in upper case, the last value is used.
  for (const [name, value] of all)
    if (value !== undefined) result[onWindows ? name.toUpperCase() : name] = value;
  return result;
}

/** Returns the standard output of the child after the child has ended. Throws if the child fails or is stopped. */
async function outputOf(
  child: ChildProcess,
  command: string,
  timeoutMs = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<string> {
  try {
    const late = () =>
      execFailure(`exec: executable ${command} did not exit within ${timeoutMs / 1000}s`, {
        hints: ['a longer --request-timeout also gives the plugin more time'],
      });
    return await within(signal, timeoutMs, late, () => printed(child, command, signal));
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function printed(child: ChildProcess, command: string, signal: AbortSignal): Promise<string> {
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(cannotStart(command, error)));
    child.on('close', (code, killer) => {
      const failure = endFailure(command, code, killer);
      if (!failure) return resolve();
      // Ctrl-C in a terminal also ends the child, maybe before this program receives SIGINT. If SIGINT arrives during the wait,
      // Interrupted is thrown instead of the failure.
      setTimeout(() => reject(failure), lateSignalMs);
    });
  });
  const read = async () => {
    const bytes = await readStream(child.stdout as Readable, signal, mostBytes + 1);
    if (bytes.length <= mostBytes) return bytes.toString('utf8');
    throw execFailure(`exec: executable ${command} printed more than ${mostBytes} bytes`);
  };
  const [text] = await Promise.all([read(), ended]);
  return text;
}

/** Stops the child and waits for its exit, unless it has exited already or never started. */
async function stop(child: ChildProcess): Promise<void> {
  // Processes that the child started may still use the streams and keep them open.
  child.stdout?.destroy();
  child.stderr?.destroy();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (!child.kill()) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

function endFailure(
  command: string,
  code: number | null,
  killer: NodeJS.Signals | null,
): Failure | undefined {
  if (code === 0) return undefined;
  const how = code === null ? `was terminated by ${killer}` : `failed with exit code ${code}`;
  return execFailure(`exec: executable ${command} ${how}`, {
    hints: ['the error output of the plugin, if any, is above'],
  });
}

/** If the program is missing, the error contains kubectl's help and the installHint of the kubeconfig. */
function cannotRun(config: ExecConfig, command: string, problem: string): Failure {
  if (problem === isDirectory || problem === permissionDenied)
    return execFailure(`exec: ${command}: ${problem}`, {
      details: ['command must be an executable file'],
    });
  const details = [
    ...(problem === noSuchFile ? [] : [problem]),
    'It looks like you are trying to use a client-go credential plugin that is not installed.',
    'To learn more about this feature, consult the documentation available at:',
    '      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins',
    ...(config.installHint === ''
      ? []
      : ['', ...config.installHint.split('\n').map((line) => `  ${line}`)]),
  ];
  return execFailure(`exec: executable ${command} not found`, { details });
}

// Node's message is not shown, because it may contain an argument or an environment variable.
function cannotStart(command: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: `${noSuchFile}: the interpreter in its first line (#!) is missing`,
    EACCES: permissionDenied,
    E2BIG: 'argument list too long',
    ERR_INVALID_ARG_VALUE: 'the command, an argument or a variable contains NUL',
  };
  return execFailure(`exec: ${command}: ${known[code ?? ''] ?? code}`);
}
