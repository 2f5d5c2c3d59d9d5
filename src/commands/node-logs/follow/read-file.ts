import type { Failure } from '../../../errors.ts';
import { gunzip } from '../../../kube/files/gunzip.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { readChunks } from '../../../kube/kubelet-client/read-chunks.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { askRange } from './ask-range.ts';
import { idleMs } from './poll.ts';

export interface FilePlace {
  readonly offset: number;
  /** The last bytes before `offset`. If a file has other bytes at this position, it is another file. */
  readonly last: Buffer;
}

export const startOfFile: FilePlace = { offset: 0, last: Buffer.alloc(0) };

/** Number of bytes that each request reads again, to recognize the file. */
const overlap = 512;

function placeAfter({ offset, last }: FilePlace, chunk: Buffer): FilePlace {
  const joined = chunk.length >= overlap ? chunk : Buffer.concat([last, chunk]);
  // Copies the bytes: a slice would keep the whole chunk, which may be much larger, in memory.
  return { offset: offset + chunk.length, last: Buffer.from(joined.subarray(-overlap)) };
}

/** Takes the bytes of a file from `place.last` on. Checks that they begin with `place.last`, and returns the bytes after it. */
function continuation(place: FilePlace) {
  const { length } = place.last;
  let head = Buffer.alloc(0);
  let isKnown = length === 0;
  return {
    /** Returns undefined if the file has other bytes than `place.last`. */
    next(chunk: Buffer): Buffer | undefined {
      if (isKnown) return chunk;
      head = Buffer.concat([head, chunk]);
      if (head.length < length) return head.subarray(head.length);
      isKnown = true;
      return head.subarray(0, length).equals(place.last) ? head.subarray(length) : undefined;
    },
    /** Whether all bytes of `place.last` have been compared. */
    get isKnown() {
      return isKnown;
    },
  };
}

/** `other`: the file was replaced or truncated; `size` is undefined if unknown. */
type FileOutcome =
  | { readonly is: 'same' }
  | { readonly is: 'other'; readonly size: number | undefined }
  | { readonly is: 'gone'; readonly failure: Failure };

/** A log file under its current name. */
export interface LogFile {
  readonly request: Request;
  readonly isGzip: boolean;
}

/**
 * Yields the bytes after `place` if the bytes before `place` are unchanged. Before each part, calls `moved` with the position after this
 * part.
 */
export async function* readFileFrom(
  kubelet: Kubelet,
  { request, isGzip }: LogFile,
  place: FilePlace,
  signal: AbortSignal,
  moved: (place: FilePlace) => void,
): AsyncGenerator<Buffer, FileOutcome> {
  const start = place.offset - place.last.length;
  const reply = await askRange(kubelet, request, isGzip ? 0 : start);
  if (reply.is === 'gone') return reply;
  if (reply.is === 'nothing') {
    return reply.size === place.offset ? { is: 'same' } : { is: 'other', size: reply.size };
  }
  const { size, response } = reply;
  const sent = readChunks(kubelet, response, { idleMs, signal });
  const following = continuation(place);
  let now = place;
  for await (const chunk of isGzip ? skip(gunzip(sent), start) : sent) {
    const fresh = following.next(chunk);
    if (!fresh) return { is: 'other', size };
    if (fresh.length === 0) continue;
    now = placeAfter(now, fresh);
    moved(now);
    yield fresh;
  }
  return following.isKnown ? { is: 'same' } : { is: 'other', size };
}

export async function isSameFile(
  kubelet: Kubelet,
  file: LogFile,
  place: FilePlace,
  signal: AbortSignal,
): Promise<boolean> {
  const start = place.offset - place.last.length;
  if (!file.isGzip) {
    const bytes = await readPart(kubelet, file.request, start, place.offset, signal);
    return bytes?.equals(place.last) ?? false;
  }
  const before = { offset: start, last: Buffer.alloc(0) };
  const following = continuation(place);
  for await (const chunk of readFileFrom(kubelet, file, before, signal, () => {})) {
    if (!following.next(chunk)) return false;
    if (following.isKnown) return true;
  }
  return false;
}

async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer, void> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left -= Math.min(left, chunk.length);
  }
}

/** Number of bytes that one request reads in the search for line ends. */
const searched = 256 * 1024;

/** Finds the position before the last lines. Also counts a last line without a line end. Throws if the file does not exist. */
export async function placeBeforeLines(
  kubelet: Kubelet,
  request: Request,
  lines: number,
  signal: AbortSignal,
): Promise<FilePlace & { readonly size: number }> {
  const first = await askRange(kubelet, request, 0, 1);
  if (first.is === 'gone') throw first.failure;
  if (first.is === 'part') await kubelet.read(first.response, 1);
  let offset = first.size;
  let missing = lines;
  for (let end = first.size; end > 0 && missing > 0; end -= searched) {
    const start = Math.max(0, end - searched);
    const bytes = await readPart(kubelet, request, start, end, signal);
    // If the file was truncated meanwhile, its contents are printed from the start.
    if (!bytes) return { ...startOfFile, size: first.size };
    offset = start;
    // Does not count a line end at the end of the file, because no line follows it.
    let at = end === first.size ? bytes.length - 1 : bytes.length;
    while (missing > 0 && at > 0) {
      at = bytes.lastIndexOf(0x0a, at - 1);
      if (at < 0) break;
      missing -= 1;
      if (missing === 0) offset = start + at + 1;
    }
  }
  const last = await readPart(kubelet, request, Math.max(0, offset - overlap), offset, signal);
  return { ...(last ? { offset, last } : startOfFile), size: first.size };
}

/** Reads the bytes from `start` to `end`. Returns undefined if the file ends before `end`. */
async function readPart(
  kubelet: Kubelet,
  request: Request,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (start === end) return Buffer.alloc(0);
  const reply = await askRange(kubelet, request, start, end);
  if (reply.is !== 'part') return undefined;
  const parts: Buffer[] = [];
  let missing = end - start;
  for await (const chunk of readChunks(kubelet, reply.response, { idleMs, signal })) {
    parts.push(chunk.subarray(0, missing));
    if (chunk.length > missing) break;
    missing -= chunk.length;
  }
  const bytes = Buffer.concat(parts);
  return bytes.length === end - start ? bytes : undefined;
}
