import type { IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { ContainerLog } from '../container-log.ts';
import type { ContainerPlace } from '../node-contents.ts';
import {
  exit,
  type Streams as KubeletStreams,
  notFound,
  type StreamEnd,
  send,
} from '../streams.ts';
import { scenePods } from './pods.ts';

/** Contents of files by path. */
type Files = Map<string, string>;

const usualFiles: Readonly<Record<string, string>> = {
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/os-release': 'PRETTY_NAME="A container of the demo"\n',
  '/usr/share/nginx/html/index.html': '<h1>hello from web</h1>\n',
};

interface Streams {
  readonly place: ContainerPlace;
  readonly files: Files;
  /** The working directory; `cd` changes it. */
  readonly directory: { path: string };
  out(text: string | Buffer): void;
  err(text: string): void;
  /** Returns a signal that Ctrl-C aborts. */
  readonly interrupt: () => AbortSignal;
  /** Returns the next piece of stdin, or the next line of a terminal; undefined at the end. */
  read(): Promise<Buffer | undefined>;
  readonly size: { rows: number; columns: number };
}

const notFoundCode = 127;

/** Returns the exit code; undefined if there is no such program. */
async function runCommand(
  [name = '', ...words]: readonly string[],
  streams: Streams,
): Promise<number | undefined> {
  switch (name) {
    case 'true':
    case ':':
    case '':
      return 0;
    case 'false':
      return 1;
    case 'cd':
      return changeDirectory(words[0] ?? '/', streams);
    case 'ls':
      return list(words.find((word) => !word.startsWith('-')) ?? '.', streams);
    case 'cat':
      return words.length > 0 ? printFiles(words, streams) : copy(streams);
    case 'sleep':
      return wait(Number(words[0]), streams);
    case 'sh':
      if (words[0] === '-c') return runLine(words[1] ?? '', streams);
      return words[0] === undefined ? runShell(streams) : notFoundCode;
    default: {
      const text = outputs[name]?.(streams, words);
      if (text !== undefined) streams.out(`${text}\n`);
      return text === undefined ? undefined : 0;
    }
  }
}

const outputs: Readonly<Record<string, (streams: Streams, words: readonly string[]) => string>> = {
  echo: (_, words) => words.join(' '),
  help: () =>
    'cat, cd, date, echo, exit, false, hostname, id, ls, ps, pwd, sleep, sh, stty size, true, whoami',
  date: () => new Date().toUTCString(),
  hostname: ({ place }) => place.pod,
  id: () => 'uid=0(root) gid=0(root) groups=0(root)',
  ps: ({ place }) => `PID   USER     COMMAND\n    1 root     ${place.container}`,
  whoami: () => 'root',
  pwd: ({ directory }) => directory.path,
  stty: ({ size }) => `${size.rows} ${size.columns}`,
};

function absolute(path: string, { directory }: Streams): string {
  return posix.resolve(directory.path, path);
}

const asFolder = (path: string) => (path.endsWith('/') ? path : `${path}/`);

function changeDirectory(word: string, streams: Streams): number {
  const path = absolute(word, streams);
  if (![...streams.files.keys()].some((each) => each.startsWith(asFolder(path)))) {
    streams.err(`sh: cd: can't cd to ${word}: No such file or directory\n`);
    return 1;
  }
  streams.directory.path = path;
  return 0;
}

function list(word: string, streams: Streams): number {
  const { files, out, err } = streams;
  const path = absolute(word, streams);
  const folder = asFolder(path);
  const names = [...files.keys()]
    .filter((each) => each.startsWith(folder))
    .map((each) => each.slice(folder.length).split('/')[0] ?? '');
  if (names.length === 0 && !files.has(path)) {
    err(`ls: ${word}: No such file or directory\n`);
    return 1;
  }
  out(`${files.has(path) ? word : [...new Set(names)].sort().join('\n')}\n`);
  return 0;
}

function printFiles(paths: readonly string[], streams: Streams): number {
  const { files, out, err } = streams;
  let code = 0;
  for (const path of paths) {
    const text = files.get(absolute(path, streams));
    if (text !== undefined) out(text);
    else {
      err(`cat: can't open '${path}': No such file or directory\n`);
      code = 1;
    }
  }
  return code;
}

async function copy({ read, out }: Streams): Promise<number> {
  for (let piece = await read(); piece; piece = await read()) out(piece);
  return 0;
}

async function wait(seconds: number, { interrupt }: Streams): Promise<number> {
  try {
    await sleep(Math.min(seconds || 0, 86_400) * 1000, undefined, { signal: interrupt() });
    return 0;
  } catch {
    return 130;
  }
}

/** Runs commands separated by semicolons. `>` writes to a file. Returns the code of the last command or of `exit`. */
async function runLine(line: string, streams: Streams): Promise<number> {
  let code = 0;
  for (const part of line.split(';')) {
    const words = wordsOf(part);
    if (words[0] === 'exit') throw new Exited(Number(words[1] ?? code));
    const redirected = words.indexOf('>');
    const ended =
      redirected < 0
        ? await runCommand(words, streams)
        : await runInto(words[redirected + 1] ?? '', words.slice(0, redirected), streams);
    if (ended === undefined) streams.err(`sh: ${words[0]}: not found\n`);
    code = ended ?? notFoundCode;
  }
  return code;
}

async function runInto(
  path: string,
  words: readonly string[],
  streams: Streams,
): Promise<number | undefined> {
  let written = '';
  const out = (text: string | Buffer) => {
    written += text;
  };
  const code = await runCommand(words, { ...streams, out });
  streams.files.set(absolute(path, streams), written);
  return code;
}

/** Splits a line into words. Understands quotes, but no variables. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

/** Thrown by `exit`. */
class Exited {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

async function runShell(streams: Streams): Promise<number> {
  let code = 0;
  let rest = '';
  for (;;) {
    const piece = await streams.read();
    const lines = (rest + (piece?.toString('utf8') ?? '\n')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') code = await runLine(line, streams);
    if (piece === undefined) return code;
  }
}

function isShell({ namespace, pod }: ContainerPlace): boolean {
  const found = scenePods.find((each) => each.namespace === namespace && each.name === pod);
  return found?.containers.some((container) => container.isShell) === true;
}

interface Shell {
  /** Handles `exec`, and `attach` to a main process that writes its log and echoes input. */
  readonly end: StreamEnd;
  /** Runs a command of `/run`. */
  readonly run: NonNullable<KubeletStreams['run']>;
}

export function sceneShell(logOf: (place: ContainerPlace) => ContainerLog | undefined): Shell {
  const files: Files = new Map(Object.entries(usualFiles));
  return {
    end: (socket, request) => serveShell(socket, request, files, logOf),
    run: async (command, path) => {
      let [stdout, stderr] = ['', ''];
      const [, , namespace = '', pod = '', container = ''] = path.split('/');
      const code = await run(command, {
        place: { namespace, pod, container },
        files,
        directory: { path: '/' },
        out: (text) => {
          stdout += text;
        },
        err: (text) => {
          stderr += text;
        },
        interrupt: () => new AbortController().signal,
        read: () => Promise.resolve(undefined),
        size: { rows: 24, columns: 80 },
      });
      return { code, stdout, stderr };
    },
  };
}

function serveShell(
  socket: WebSocket,
  request: IncomingMessage,
  files: Files,
  logOf: (place: ContainerPlace) => ContainerLog | undefined,
): void {
  const { place, query, isAttach } = parseRequest(request);
  const isTerminal = isOn(query.get('tty'));
  const directory = { path: '/' };
  const hasPrompt = isTerminal && (!isAttach || isShell(place));
  const input = openInput(socket, {
    isOpen: isOn(query.get('input') ?? query.get('stdin')),
    isTerminal,
    prompt: () => (hasPrompt ? `${directory.path} # ` : ''),
  });
  const streams: Streams = {
    place,
    files,
    directory,
    out: (text) => send(socket, 'stdout', isTerminal ? forTerminal(text) : text),
    err: (text) =>
      send(socket, isTerminal ? 'stdout' : 'stderr', isTerminal ? forTerminal(text) : text),
    ...input,
  };
  if (isAttach && !isShell(place)) {
    const unfollow = logOf(place)?.follow((text) => streams.out(text));
    socket.once('close', () => unfollow?.());
    void copy(streams);
    return;
  }
  const command = isAttach ? ['sh'] : query.getAll('command');
  void run(command, streams).then((code) => {
    if (code === undefined) {
      send(socket, 'status', JSON.stringify(notFound(command[0] ?? '')));
      socket.close(1000);
    } else exit(socket, code);
  });
}

async function run(command: readonly string[], streams: Streams): Promise<number | undefined> {
  try {
    if (command[0] === 'exit') return Number(command[1] ?? 0);
    return await runCommand(command, streams);
  } catch (error) {
    if (error instanceof Exited) return error.code;
    throw error;
  }
}

function parseRequest({ url = '/' }: IncomingMessage) {
  const { pathname, searchParams: query } = new URL(url, 'https://kubelet');
  const [, verb, namespace = '', pod = '', container = ''] =
    /^\/(exec|attach)\/([^/]+)\/([^/]+)\/([^/]+)/.exec(pathname) ?? [];
  if (verb) return { place: { namespace, pod, container }, query, isAttach: verb === 'attach' };
  const [, inNamespace = '', name = '', kind] =
    /\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach)$/.exec(pathname) ?? [];
  const place = { namespace: inNamespace, pod: name, container: query.get('container') ?? '' };
  return { place, query, isAttach: kind === 'attach' };
}

const isOn = (value: string | null) => value === '1' || value === 'true';

function forTerminal(text: string | Buffer): string {
  return text.toString('utf8').replaceAll('\n', '\r\n');
}

interface InputOptions {
  readonly isOpen: boolean;
  readonly isTerminal: boolean;
  readonly prompt: () => string;
}

/** Opens the input of a shell. On a terminal, reads lines, with echo, Ctrl-C, Ctrl-D and backspace. */
function openInput(socket: WebSocket, { isOpen, isTerminal, prompt }: InputOptions) {
  const waiting: ((piece: Buffer | undefined) => void)[] = [];
  const pieces: (Buffer | undefined)[] = [];
  const size = { rows: 24, columns: 80 };
  let line = '';
  let interrupted = new AbortController();
  const push = (piece: Buffer | undefined) => {
    const next = waiting.shift();
    if (next) next(piece);
    else pieces.push(piece);
  };
  const echo = (text: string) => send(socket, 'stdout', text);
  const type = (key: string) => {
    if (key === '\r' || key === '\n') {
      echo('\r\n');
      push(Buffer.from(`${line}\n`));
      line = '';
    } else if (key === '\u0003') {
      echo('^C\r\n');
      line = '';
      interrupted.abort();
      // Prints a new prompt if no command runs.
      if (waiting.length > 0) push(Buffer.from('\n'));
    } else if (key === '\u0004') {
      if (line === '') push(undefined);
    } else if (key === '\u007f') {
      if (line !== '') echo('\b \b');
      line = line.slice(0, -1);
    } else {
      // A terminal driver echoes an arrow key as ^[[A.
      echo(key < ' ' ? `^${String.fromCharCode(key.charCodeAt(0) + 64)}` : key);
      line += key;
    }
  };
  if (!isOpen) pieces.push(undefined);
  socket.on('close', () => {
    interrupted.abort();
    push(undefined);
  });
  socket.on('message', (data: Buffer) => {
    const content = data.subarray(1);
    if (data[0] === 255) push(undefined);
    else if (data[0] === 4) Object.assign(size, parseSize(content.toString('utf8')));
    else if (data[0] === 0 && isTerminal) for (const key of content.toString('utf8')) type(key);
    else if (data[0] === 0 && content.length > 0) push(Buffer.from(content));
  });
  return {
    size,
    interrupt: () => {
      interrupted = new AbortController();
      return interrupted.signal;
    },
    read: () => {
      if (pieces.length > 0) return Promise.resolve(pieces.shift());
      const text = prompt();
      if (text !== '') echo(text);
      return new Promise<Buffer | undefined>((resolve) => waiting.push(resolve));
    },
  };
}

/** Reads a terminal size. Field names may have any case, because Go accepts this and clients differ. */
function parseSize(text: string): { rows: number; columns: number } {
  const fields = JSON.parse(text.toLowerCase()) as { width?: number; height?: number };
  return { rows: fields.height ?? 24, columns: fields.width ?? 80 };
}
