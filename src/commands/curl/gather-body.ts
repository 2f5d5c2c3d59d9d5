import { Failure } from '../../errors.ts';
import { inFolder } from '../../kube/files.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { readPieces } from '../../kube/kubelet/read-chunks.ts';
import type { Answer } from '../../kube/transport/transport.ts';
import { makeFolder, removeFile, writeNew, writeWhole } from '../../kube/whole-file.ts';
import type { Profile } from '../../kubelet/pprof.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { Answered, UnusableCause } from './outcome.ts';
import { fileWord, profileFile, type SavedProfile } from './profile-files.ts';
import { readBody } from './read-body.ts';
import type { Labels } from './views/body-view.ts';

/** Reads the body of a response to its end. Throws an UnusableBody for one that cannot be passed on. */
export type TakeBody = (
  kubelet: Kubelet,
  answer: Answer,
  taking: Taking,
) => Promise<Pick<Answered, 'bytes' | 'body' | 'rows' | 'unread'>>;

export interface Taking {
  /** Of the node. */
  readonly name: string;
  /** Of the node; undefined if it was not looked up. */
  readonly labels?: Labels | undefined;
  /** In ms, for all of the body: waits of ours do not count. */
  readonly totalMs: number;
  /** In ms, for a body that is read besides, as for a text. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
  /** To be awaited before so many bytes are kept in memory. */
  readonly room: (bytes: number) => Promise<void> | undefined;
}

const toFile = 'write each response to a file: --output-dir DIR';

const hints: Readonly<Record<UnusableCause, string>> = {
  'response too large': toFile,
  'not text': toFile,
  'unexpected response': 'print the response as it is: -o raw',
};

export class UnusableBody extends Failure {
  readonly why: UnusableCause;

  constructor(why: UnusableBody['why'], message: string) {
    super(message, { hints: [hints[why]] });
    this.why = why;
  }
}

/** In bytes: of several nodes, whole bodies are in memory. */
const longestBody = 32 * 1024 * 1024;

/** In memory. Without `binary`, a body must be text. */
export function takeInMemory({ binary }: { readonly binary: boolean }): TakeBody {
  return async (kubelet, answer, { totalMs, signal, room }) => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const piece of readPieces(kubelet, answer, { idleMs: longestMs, totalMs, signal })) {
      length += piece.length;
      if (length > longestBody)
        throw new UnusableBody(
          'response too large',
          `the ${kubelet.label} sent more than ${longestBody / 1024 / 1024} MiB`,
        );
      const waits = room(piece.length);
      if (waits) await waits;
      chunks.push(Buffer.from(piece));
    }
    const [only] = chunks;
    const bytes = only && chunks.length === 1 ? only : Buffer.concat(chunks, length);
    const body = readBody(bytes, answer.headers['content-type'] ?? '');
    if (body.kind === 'binary' && !binary)
      throw new UnusableBody(
        'not text',
        `the ${kubelet.label} sent ${length} bytes that are not text`,
      );
    return { bytes: length, body };
  };
}

/** In a file of a folder, named after the node, and after what of it is a profile: whole, or not at all. */
export async function takeInFolder(
  folder: string,
  profile: Profile | undefined,
): Promise<TakeBody> {
  await makeFolder(folder);
  return async (kubelet, answer, { name, totalMs, signal }) => {
    const file = fileName(name, extensionOf(answer.headers['content-type'], profile), profile);
    const pieces = readPieces(kubelet, answer, { idleMs: longestMs, totalMs, signal });
    return { bytes: await writeWhole(folder, file, pieces), body: undefined };
  };
}

/** In a new file of a folder for each node: whole, or not at all. */
export function takeProfile(
  folder: string,
  profile: Profile,
  time: Date,
  saved: (profile: SavedProfile) => void,
): TakeBody {
  return async (kubelet, answer, { name, totalMs, signal }) => {
    const type = answer.headers['content-type'];
    if (extensionOf(type, profile) !== profile.extension)
      throw new UnusableBody(
        'unexpected response',
        `the ${kubelet.label} sent no profile, but ${escapeControlLine(type || 'a body without a type')}`,
      );
    const pieces = readPieces(kubelet, answer, { idleMs: longestMs, totalMs, signal });
    const nameAt = (attempt: number) => profileFile(profile, name, time, attempt);
    const { name: file, bytes } = await writeNew(folder, nameAt, pieces);
    saved({ file, bytes });
    return { bytes, body: undefined };
  };
}

/** Removes the file that an earlier run wrote for a node. Returns the names of what there was. */
export async function removeFiles(
  folder: string,
  name: string,
  profile: Profile | undefined,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const extension of [...extensions, ...(profile ? [profile.extension] : [])]) {
    const file = fileName(name, extension, profile);
    if (await removeFile(inFolder(folder, file))) removed.push(file);
  }
  return removed;
}

const extensions = ['json', 'html', 'txt', 'bin'] as const;

type Extension = (typeof extensions)[number] | Profile['extension'];

function fileName(name: string, extension: Extension, profile: Profile | undefined): string {
  return `${fileWord(name)}${profile ? `-${profile.name}` : ''}.${extension}`;
}

function extensionOf(contentType = '', profile?: Profile): Extension {
  if (profile && /^application\/octet-stream\b/i.test(contentType)) return profile.extension;
  if (/\bjson\b/i.test(contentType)) return 'json';
  if (/^text\/html\b/i.test(contentType)) return 'html';
  // Without a type it is the log of a container.
  return contentType === '' || /^text\//i.test(contentType) ? 'txt' : 'bin';
}
