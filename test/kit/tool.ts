import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Readable, Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { run } from '../../src/run.ts';
import { hangLimits } from './hang-limits.ts';
import { nowhere } from './temporary.ts';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

/** Output of a program on a terminal. `text` has stdout and stderr in the order of writing. */
export interface Shown {
  readonly code: number;
  readonly text: string;
}

export interface ToolOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Readable;
  /** Gets the output, which the result then lacks. */
  readonly stdout?: Writable;
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  readonly onTerminal?: boolean;
  /** Size of the terminal. */
  readonly columns?: number;
  readonly rows?: number;
  readonly colorDepth?: number;
}

/** Words separated by blanks. If a word contains a blank, a list of words. */
export type CommandLine = string | readonly string[];

/** Runs the program in this process. */
export async function runTool(line: CommandLine, options: ToolOptions = {}): Promise<Result> {
  const out = collector();
  const err = collector();
  const { onTerminal, columns, rows } = options;
  if (onTerminal) Object.assign(out.stream, { isTTY: true, columns, rows });
  const code = await runWith(line, options, out.stream, err.stream);
  return { code, stdout: out.text(), stderr: err.text(), bytes: out.bytes() };
}

/** Starts the program in this process. */
export function startTool(line: CommandLine, options: ToolOptions = {}): Running {
  const out = collector();
  const err = collector();
  const interruption = new AbortController();
  const given = { ...options, signal: interruption.signal };
  const interrupt = () => interruption.abort(new Error('interrupted'));
  const result = runWith(line, given, out.stream, err.stream).then((code) => ({
    ...{ code, stdout: out.text(), stderr: err.text(), bytes: out.bytes() },
  }));
  return { result, stdout: out.text, stderr: err.text, interrupt, kill: interrupt };
}

/** Runs the program in this process, with stdout and stderr on one screen. */
export async function showTool(line: CommandLine, options: ToolOptions = {}): Promise<Shown> {
  const screen = collector();
  if (options.onTerminal) Object.assign(screen.stream, { isTTY: true });
  const code = await runWith(line, options, screen.stream, screen.stream);
  return { code, text: screen.text() };
}

/** Checks that a command failed with exit code 1, printed nothing, and wrote an error that contains or matches `error`. */
export function checkFailure({ code, stdout, stderr }: Result, error: string | RegExp): void {
  assert.equal([code, stdout], [1, ''], stderr);
  assert.match(stderr, error);
}

function runWith(
  line: CommandLine,
  options: ToolOptions,
  stdout: Writable,
  stderr: Writable,
): Promise<number> {
  const { stdin: input = '' } = options;
  const stdin = typeof input === 'string' ? new PassThrough().end(input) : input;
  return run(typeof line === 'string' ? line.split(' ') : line, {
    env: { ...options.env },
    stdin,
    stdout: options.stdout ?? stdout,
    stderr,
    colorDepth: options.colorDepth ?? 1,
    cwd: options.cwd ?? nowhere,
    signal: options.signal ?? new AbortController().signal,
  });
}

/** Returns a stream and a function that returns the text written to it. */
export function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return { stream, bytes, text: () => bytes().toString('utf8') };
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text for stdin; null to read from /dev/null. */
  readonly stdin?: string | null;
  readonly timeoutMs?: number;
  readonly cwd?: string | undefined;
  /** Whether the process gets its own process group, as from a shell. */
  readonly detached?: boolean;
}

export interface Running {
  /** Resolves at the exit. Death by a signal counts as code 128. */
  readonly result: Promise<Result>;
  stdout(): string;
  stderr(): string;
  /** Interrupts the program, as Ctrl-C does. */
  interrupt(): void;
  /** Kills the program, which then cannot clean up. */
  kill(): void;
}

export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Result> {
  return startProcess(command, args, options).result;
}

export function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Running & { readonly child: ChildProcess } {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    timeout: options.timeoutMs ?? hangLimits.process,
    cwd: options.cwd,
    detached: options.detached ?? false,
    stdio: [options.stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
  const result = new Promise<Result>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.stdin ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(out);
      resolve({
        code: code ?? 128,
        stdout: bytes.toString('utf8'),
        stderr: text(err),
        bytes,
      });
    });
  });
  return {
    child,
    result,
    stdout: () => text(out),
    stderr: () => text(err),
    interrupt: () => void child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
  };
}
