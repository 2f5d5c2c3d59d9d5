import {
  closeSync,
  constants,
  createReadStream,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { dirname, isAbsolute, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { Failure, Interrupted } from '../../errors.ts';
import { readStream, streamParts } from './read-stdin.ts';

export interface FileSource {
  readonly cwd: string;
  /** Signal that ends the wait for a pipe without a writer. */
  readonly signal: AbortSignal;
  /**
   * Contents of pipes by path. They are kept because a pipe can be read only once, but `status --watch` reads its kubeconfig repeatedly.
   */
  readonly pipes?: Map<string, Buffer>;
}

/**
 * Reads a file, or a pipe such as `--kubeconfig <(…)`, to its end or up to `maxBytes`. Throws Interrupted, or a Failure that names the file
 * and the reason, never the content.
 */
export async function readInput(
  title: string,
  path: string,
  { cwd, signal, pipes }: FileSource,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  if (signal.aborted) throw new Interrupted();
  try {
    const whole = inFolder(cwd, path);
    return pipes?.get(whole) ?? (await readBytes(whole, signal, maxBytes, pipes));
  } catch (cause) {
    throw fileFailure(`read ${title} ${path}`, cause);
  }
}

export async function readTextFile(
  title: string,
  path: string,
  source: FileSource,
): Promise<string> {
  return (await readInput(title, path, source)).toString('utf8');
}

export async function readIfThere(
  title: string,
  path: string,
  source: FileSource,
): Promise<Buffer | undefined> {
  try {
    return await readInput(title, path, source);
  } catch (error) {
    if (error instanceof Failure && codeOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

export function pathExists(path: string, cwd: string): boolean {
  return existsSync(inFolder(cwd, path));
}

/** Whether the path is a regular file, which, unlike a pipe, can be read repeatedly. */
export function isRegularFile(path: string, cwd: string): boolean {
  return statSync(inFolder(cwd, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Limit in bytes for a device, which may never end. */
const longestDevice = 64 * 1024 * 1024;

/**
 * Reads a regular file without a stream. A pipe is opened without waiting and read as a stream, because no signal could interrupt a wait
 * for the pipe's writer.
 */
async function readBytes(
  path: string,
  signal: AbortSignal,
  maxBytes: number,
  pipes: FileSource['pipes'],
): Promise<Buffer> {
  const file = openWithoutWaiting(path);
  if (maxBytes === Number.POSITIVE_INFINITY && fstatSync(file).isFile())
    try {
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  const pipe = openPipe(file);
  if (!pipe) return readStream(streamOf(file), signal, Math.min(maxBytes, longestDevice));
  const bytes = await readStream(pipe, signal, maxBytes);
  pipes?.set(path, bytes);
  return bytes;
}

function openWithoutWaiting(path: string): number {
  return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

/** Returns a stream for a pipe, socket or terminal; undefined for any other file. At the end of the stream, the file is closed. */
function openPipe(file: number): Readable | undefined {
  const kind = fstatSync(file);
  if (kind.isFIFO() || kind.isSocket()) return new Socket({ fd: file, writable: false });
  return kind.isCharacterDevice() ? openTerminal(file) : undefined;
}

const chunkSize = 256 * 1024;

function streamOf(file: number): Readable {
  return createReadStream('', { fd: file, highWaterMark: chunkSize });
}

/** Yields the parts of a file or pipe of any length. Throws as readInput does. */
export async function* readFileParts(
  title: string,
  path: string,
  { cwd, signal }: FileSource,
): AsyncGenerator<Buffer, void> {
  if (signal.aborted) throw new Interrupted();
  try {
    const file = openWithoutWaiting(inFolder(cwd, path));
    yield* streamParts(openPipe(file) ?? streamOf(file), signal);
  } catch (cause) {
    throw fileFailure(`read ${title} ${path}`, cause);
  }
}

function openTerminal(file: number): Readable | undefined {
  const tty = process.getBuiltinModule('node:tty');
  return tty.isatty(file) ? new tty.ReadStream(file) : undefined;
}

/** Returns a Failure with the action that failed and the reason. A Failure or Interrupted is returned unchanged. */
export function fileFailure(act: string, cause: unknown): Error {
  if (cause instanceof Failure || cause instanceof Interrupted) return cause;
  return new Failure(`unable to ${act}: ${fileProblem(cause)}`, { kind: 'file', cause });
}

function fileProblem(cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT') return 'no such file or directory';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'is a directory';
  return code ?? 'unknown error';
}

/**
 * Opens a file, calls `use` and closes the file. It has no `using` declaration, because that would crash Node when it makes the snapshot.
 */
export function withFile<T>(
  path: string,
  flags: number | string,
  use: (file: number) => T,
  mode?: number,
): T {
  const file = openSync(path, flags, mode);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

export function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}

/** Joins a folder and a path without normalizing the path. As in kubectl, the operating system resolves `link/..`. */
export function inFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : folder + sep + path;
}

export function folderOf(path: string): string {
  return dirname(path);
}
