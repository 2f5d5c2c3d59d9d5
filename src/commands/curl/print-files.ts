import { groupFailures } from '../../cli/tally.ts';
import { Failure, formatError, orFailure, reworded } from '../../errors.ts';
import { makeFolder, removeFile, writeWhole } from '../../kube/files/download-file.ts';
import { folderOf, inFolder } from '../../kube/files/read-file.ts';
import { checkReplaceable, type WrittenFiles } from '../../kube/files/written-files.ts';
import { type Kubelet, longestErrorBody } from '../../kube/kubelet-client/client.ts';
import { readPieces } from '../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../kube/kubelet-client/response-failure.ts';
import { msUntil } from '../../kube/transport/limits.ts';
import type { HttpResponse, Request } from '../../kube/transport/transport.ts';
import { type PprofProfile, pprofProfileOf } from '../../kubelet/pprof.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { counted, summarize } from '../../text/list.ts';
import { failedAt } from '../shared/fleet/call-fleet.ts';
import type { ReadBody, ReadContext } from '../shared/fleet/gather-body.ts';
import type { CalledKubelet, Unread } from '../shared/fleet/outcome.ts';

/** Where the response to a path is written. */
export interface FilePlace {
  readonly path: string;
  readonly profile: PprofProfile | undefined;
  /** Name of the file of a node, without its extension. */
  readonly base: (node: string) => string;
}

/** One path has a file for each node; several have a folder for each node. No two paths share a file. */
export function placesOf(paths: readonly string[]): readonly FilePlace[] {
  const used = new Set<string>();
  return paths.map((path) => {
    const profile = pprofProfileOf(path);
    if (paths.length === 1)
      return {
        path,
        profile,
        base: (node) => fileWord(node) + (profile ? `-${profile.name}` : ''),
      };
    const word = fileWord(path.slice(1, longestName)) || 'root';
    let name = word;
    // Some systems do not distinguish upper and lower case.
    for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${word}-${number}`;
    used.add(name.toLowerCase());
    return { path, profile, base: (node) => `${fileWord(node)}/${name}` };
  });
}

const longestName = 150;

export interface FilesToWrite {
  readonly folder: string;
  readonly written: WrittenFiles;
  readonly places: readonly FilePlace[];
  readonly wrote: (file: string) => void;
  readonly removed: (file: string) => void;
}

/**
 * Writes the response to each path to a file: the first is at hand, the others are requested on the same connection. A path that fails is
 * `unread`; if all fail, so does the node. If a body breaks off, writes no file.
 */
export function readToFiles(files: FilesToWrite, request: Request): ReadBody {
  const { places } = files;
  return async (kubelet, first, context) => {
    const end = performance.now() + context.totalMs;
    const unread: Unread[] = [];
    let bytes = 0;
    for (const [index, place] of places.entries()) {
      const { path } = place;
      const reading = async () => {
        const response = index === 0 ? first : await kubelet.send({ ...request, path });
        if (response.status >= 400) {
          const answer = await kubelet.read(response, longestErrorBody);
          throw responseFailure(kubelet, { ...request, path }, answer);
        }
        return writeBody(files, place, kubelet, response, { ...context, totalMs: msUntil(end) });
      };
      const read = await orFailure(reading());
      if (!(read instanceof Failure)) bytes += read;
      else if (places.length === 1) throw read;
      else {
        unread.push({ path, failure: read });
        await removeFiles(files, context.name, [place]);
      }
    }
    const [failed] = unread;
    if (failed && unread.length === places.length) throw failed.failure;
    return { bytes, body: undefined, unread };
  };
}

async function writeBody(
  { folder, written, wrote }: FilesToWrite,
  { base, profile }: FilePlace,
  kubelet: Kubelet,
  response: HttpResponse,
  { name, totalMs, signal }: ReadContext,
): Promise<number> {
  const file = `${base(name)}.${extensionOf(response.headers['content-type'], profile)}`;
  checkReplaceable(folder, file, written);
  if (file.includes('/')) await makeFolder(folderOf(inFolder(folder, file)));
  const pieces = readPieces(kubelet, response, { idleMs: longestMs, totalMs, signal });
  const bytes = await writeWhole(folder, file, pieces);
  written.added(file);
  wrote(file);
  return bytes;
}

/** Removes the files that an earlier run wrote for a node, of places that fail now. */
export async function removeFiles(
  { folder, written, places, removed }: FilesToWrite,
  name: string,
  failed = places,
): Promise<void> {
  for (const { base, profile } of failed)
    for (const extension of [...extensions, ...(profile ? [profile.extension] : [])]) {
      const file = `${base(name)}.${extension}`;
      if (!written.has(file)) continue;
      if (await removeFile(inFolder(folder, file))) removed(file);
      written.removed(file);
    }
}

const extensions = ['json', 'html', 'txt', 'bin'] as const;

type Extension = (typeof extensions)[number] | PprofProfile['extension'];

function extensionOf(contentType = '', profile?: PprofProfile): Extension {
  if (profile && /^application\/octet-stream\b/i.test(contentType)) return profile.extension;
  if (/\bjson\b/i.test(contentType)) return 'json';
  if (/^text\/html\b/i.test(contentType)) return 'html';
  // Logs of containers have no Content-Type.
  return contentType === '' || /^text\//i.test(contentType) ? 'txt' : 'bin';
}

/** Replaces characters that some systems do not allow in file names, such as a colon on Windows, and names of its devices. */
function fileWord(text: string): string {
  return text
    .replaceAll(/[^\w.-]/g, '_')
    .replace(/^\.+|^(?=(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))/i, '_');
}

/** Renders the paths that some nodes did not answer, each with its nodes and why. */
export function renderUnread(parts: readonly (Unread & CalledKubelet)[]): string {
  const sorted = parts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byPath = Map.groupBy(sorted, ({ path }) => path);
  return [...byPath]
    .flatMap(([path, own]) => {
      const failed = own.map((part) => ({ ...part, ...failedAt(part, part.failure) }));
      return groupFailures({ all: Number.POSITIVE_INFINITY, failed }).map((failure) =>
        reworded(failure, { prefix: `error: ${path}: ` }),
      );
    })
    .map((failure) => formatError(failure, false).text)
    .join('');
}

export function renderWritten(files: readonly string[], folder: string): string {
  if (files.length === 0) return '';
  const where = escapeControlLine(folder);
  return `wrote ${counted(files.length, 'file')} to ${where}: ${summarize(files.toSorted(), 5)}\n`;
}

export function renderRemoved(files: readonly string[]): string {
  return files.length === 0
    ? ''
    : `note: removed what an earlier run wrote for nodes that failed now: ${summarize(files, 5)}\n`;
}
