import { removeFile, writeWhole } from '../../kube/files/download-file.ts';
import { inFolder } from '../../kube/files/read-file.ts';
import { checkReplaceable, type WrittenFiles } from '../../kube/files/written-files.ts';
import { readPieces } from '../../kube/kubelet-client/read-chunks.ts';
import type { PprofProfile } from '../../kubelet/pprof.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { counted, summarize } from '../../text/list.ts';
import type { ReadBody } from '../shared/fleet/gather-body.ts';

/** In a file of a folder, named after the node, and after what of it is a profile: whole, or not at all. */
export function readToFolder(
  folder: string,
  written: WrittenFiles,
  profile: PprofProfile | undefined,
  wrote: (file: string) => void,
): ReadBody {
  return async (kubelet, response, { name, totalMs, signal }) => {
    const file = fileName(name, extensionOf(response.headers['content-type'], profile), profile);
    checkReplaceable(folder, file, written);
    const pieces = readPieces(kubelet, response, { idleMs: longestMs, totalMs, signal });
    const bytes = await writeWhole(folder, file, pieces);
    written.added(file);
    wrote(file);
    return { bytes, body: undefined };
  };
}

/** Removes the files that earlier runs wrote for a node. Returns the names of what there was. */
export async function removeFiles(
  folder: string,
  written: WrittenFiles,
  name: string,
  profile: PprofProfile | undefined,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const extension of [...extensions, ...(profile ? [profile.extension] : [])]) {
    const file = fileName(name, extension, profile);
    if (!written.has(file)) continue;
    if (await removeFile(inFolder(folder, file))) removed.push(file);
    written.removed(file);
  }
  return removed;
}

const extensions = ['json', 'html', 'txt', 'bin'] as const;

type Extension = (typeof extensions)[number] | PprofProfile['extension'];

function fileName(name: string, extension: Extension, profile: PprofProfile | undefined): string {
  return `${fileWord(name)}${profile ? `-${profile.name}` : ''}.${extension}`;
}

function extensionOf(contentType = '', profile?: PprofProfile): Extension {
  if (profile && /^application\/octet-stream\b/i.test(contentType)) return profile.extension;
  if (/\bjson\b/i.test(contentType)) return 'json';
  if (/^text\/html\b/i.test(contentType)) return 'html';
  // Without a type it is the log of a container.
  return contentType === '' || /^text\//i.test(contentType) ? 'txt' : 'bin';
}

/** A name as part of a file's: also on Windows, a colon is none of its characters. */
function fileWord(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '_');
}

/** Which files a run has written; empty without any. */
export function renderWritten(files: readonly string[], folder: string): string {
  if (files.length === 0) return '';
  const where = escapeControlLine(folder);
  return `wrote ${counted(files.length, 'file')} to ${where}: ${summarize(files.toSorted(), 5)}\n`;
}

/** Which files of nodes that failed the folder no longer has; empty without any. */
export function renderRemoved(files: readonly string[]): string {
  return files.length === 0
    ? ''
    : `note: removed what an earlier run wrote for nodes that failed now: ${summarize(files, 5)}\n`;
}
