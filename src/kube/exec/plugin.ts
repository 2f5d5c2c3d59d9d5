import { type ChildProcess, spawn } from 'node:child_process';
import { extname, isAbsolute, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Failure, Interrupted } from '../../errors.ts';
import type { Environment } from '../environment.ts';
import { type ExecCredential, execFailure, parseExecAnswer } from './exec-credential.ts';
import { type ExecCluster, execInfo } from './exec-info.ts';
import { isDirectory, lookPath, noSuchFile, onWindows, permissionDenied } from './look-path.ts';
import { checkPluginPolicy, type PluginPolicy } from './plugin-policy.ts';

/** A kubeconfig user's `exec`: a program that prints a credential. */
export interface ExecConfig {
  readonly apiVersion: string;
  /** A bare name, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  /** Empty if not given. */
  readonly interactiveMode: string;
}

/** What a plugin runs in. */
export interface ExecWorld {
  /** Our own; its PATH finds the plugin. */
  readonly env: Environment;
  readonly stdinIsTerminal: boolean;
  /** False where the command itself reads standard input. */
  readonly stdinAvailable: boolean;
  /** Gets the plugin's own; one with a file descriptor is handed on as it is, so that a terminal stays one. */
  readonly stderr: Writable;
  /** Asked only when a plugin is about to run. */
  readonly policy: () => PluginPolicy;
  /** How long a plugin may take; without it, as long as a login in a browser takes. */
  readonly timeoutMs?: number | undefined;
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const interactiveModes = ['Never', 'IfAvailable', 'Always'];

/** A credential is some kilobytes; kubectl sets no bound. */
const mostBytes = 1024 * 1024;

/** How long a plugin that was told to end may take to clean up. */
const graceMs = 1000;

/** How much later than the end of a child the signal that ended it may come to us. */
const lateSignalMs = 20;

/** kubectl's validation of the chosen user's exec: a Failure names all that is wrong. */
export function checkExecConfig(config: ExecConfig, userName: string): void {
  const absent = (what: string) =>
    `${what} must be specified for ${userName} to use exec authentication plugin`;
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
      `the exec of a user needs a command, an apiVersion (${apiVersions.join(' or ')}) and, from v1 on, an interactiveMode (${interactiveModes.join(', ')})`,
    ],
  });
}

// Only v1 makes the author of a kubeconfig say it.
function interactiveMode({ interactiveMode, apiVersion }: ExecConfig): string {
  return interactiveMode || (apiVersion.endsWith('/v1beta1') ? 'IfAvailable' : '');
}

/**
 * Runs the plugin of a config that was checked, as kubectl would, and reads the credential it prints. Throws a Failure, which
 * never shows what the plugin printed, or Interrupted; the plugin has ended then.
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
  checkPluginPolicy(world.policy(), command, found, world.env);
  if (found.path === undefined) throw cannotRun(config, command, found.problem);
  if (/^\.(?:bat|cmd)$/i.test(extname(found.path)) && onWindows)
    throw execFailure(
      `exec: ${found.path} is a batch file, which cannot be run without a shell`,
      [],
      ['let the command of the exec be the .exe that it starts'],
    );

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
  return parseExecAnswer(text, config.apiVersion);
}

function descriptorOf(stream: Writable): number | undefined {
  const { fd } = stream as { readonly fd?: unknown };
  return typeof fd === 'number' ? fd : undefined;
}

function isInteractive(config: ExecConfig, world: ExecWorld): boolean {
  const mode = interactiveMode(config);
  if (mode !== 'Always')
    return mode === 'IfAvailable' && world.stdinAvailable && world.stdinIsTerminal;
  const problem = !world.stdinIsTerminal
    ? 'standard input is not a terminal'
    : 'standard input is unavailable: the command reads it';
  if (world.stdinIsTerminal && world.stdinAvailable) return true;
  throw execFailure(`exec plugin cannot support interactive mode: ${problem}`, [
    'the exec in the kubeconfig has interactiveMode Always',
  ]);
}

/** Ours, then the config's, then the information; of two with one name the later counts. */
function environment(own: Environment, config: ExecConfig, info: string): Record<string, string> {
  const all: [string, string | undefined][] = [
    ...Object.entries(own),
    ...config.env.map(({ name, value }): [string, string] => [name, value]),
    ['KUBERNETES_EXEC_INFO', info],
  ];
  const result: Record<string, string> = {};
  // On Windows PATH and Path are one, and Node would keep the first.
  for (const [name, value] of all)
    if (value !== undefined) result[onWindows ? name.toUpperCase() : name] = value;
  return result;
}

/** All of the child's standard output, once it has ended well. */
function outputOf(
  child: ChildProcess,
  command: string,
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const stdout = child.stdout as Readable;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stopped: Error | undefined;
    const timers: NodeJS.Timeout[] = [];
    const settle = (error: Error | undefined) => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const stop = (reason: Error) => {
      stopped ??= reason;
      // What the child has started may hold these open when it has long ended.
      stdout.destroy();
      child.stderr?.destroy();
      if (!child.kill()) return settle(stopped);
      timers.push(setTimeout(() => child.kill('SIGKILL'), graceMs));
    };
    const abort = () => stop(new Interrupted());
    signal.addEventListener('abort', abort, { once: true });
    if (timeoutMs !== undefined)
      timers.push(setTimeout(() => stop(tooSlow(command, timeoutMs)), timeoutMs));
    stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes)
        stop(execFailure(`exec: executable ${command} printed more than ${mostBytes} bytes`));
    });
    child.on('error', (error) => settle(stopped ?? cannotStart(command, error)));
    child.on('exit', () => stopped && settle(stopped));
    child.on('close', (code, killer) => {
      const failure = endFailure(command, code, killer);
      if (!failure || stopped) return settle(stopped);
      // A terminal's Ctrl-C reaches the child, too, and that it ended may be heard before the signal: seen 1 time in 40.
      timers.push(setTimeout(() => settle(failure), lateSignalMs));
    });
  });
}

function endFailure(
  command: string,
  code: number | null,
  killer: NodeJS.Signals | null,
): Failure | undefined {
  if (code === 0) return undefined;
  const how = code === null ? `was ended by ${killer}` : `failed with exit code ${code}`;
  return execFailure(
    `exec: executable ${command} ${how}`,
    [],
    ["the plugin's own words, if it had any, stand above"],
  );
}

function tooSlow(command: string, timeoutMs: number): Failure {
  return execFailure(
    `exec: executable ${command} had not ended after ${timeoutMs / 1000}s`,
    [],
    ['a longer --request-timeout gives the plugin more time, too'],
  );
}

/** No such program: kubectl's words, its help, and what the author of the kubeconfig has to say. */
function cannotRun(config: ExecConfig, command: string, problem: string): Failure {
  if (problem === isDirectory || problem === permissionDenied)
    return execFailure(`exec: ${command}: ${problem}`, ['an executable file is expected there']);
  const details = [
    ...(problem === noSuchFile ? [] : [problem]),
    'It looks like you are trying to use a client-go credential plugin that is not installed.',
    'To learn more about this feature, consult the documentation available at:',
    '      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins',
    ...(config.installHint === '' ? [] : ['', ...config.installHint.split('\n')]),
  ];
  return execFailure(`exec: executable ${command} not found`, details);
}

// Node's message may repeat an argument or a variable.
function cannotStart(command: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: `${noSuchFile}: what its first line (#!) names is not there`,
    EACCES: permissionDenied,
    E2BIG: 'argument list too long',
    ERR_INVALID_ARG_VALUE: 'the command, an argument or a variable contains NUL',
  };
  return execFailure(`exec: ${command}: ${known[code ?? ''] ?? code}`);
}
