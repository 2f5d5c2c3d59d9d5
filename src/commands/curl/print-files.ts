import { removeFile, writeWhole } from '../../kube/files/download-file.ts';
import { inFolder } from '../../kube/files/read-file.ts';
import { checkReplaceable, type WrittenFiles } from '../../kube/files/written-files.ts';
import { readPieces } from '../../kube/kubelet-client/read-chunks.ts';
import type { PprofProfile } from '../../kubelet/pprof.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { counted, summarize } from '../../text/list.ts';
import type { ReadBody } from '../shared/fleet/gather-body.ts';

/** Writes each body to a file that is named after the node and the profile. If a body breaks off, writes no file. */
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
  // Logs of containers have no Content-Type.
  return contentType === '' || /^text\//i.test(contentType) ? 'txt' : 'bin';
}

/** Replaces characters that some systems do not allow in file names, such as a colon on Windows. */
function fileWord(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '_');
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
