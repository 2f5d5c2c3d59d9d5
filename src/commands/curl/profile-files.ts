import type { Profile } from '../../kubelet/pprof.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { renderValue } from '../../text/render-value.ts';
import { commandLine } from '../../text/shell.ts';

/** A profile in a file of the current folder. */
export interface SavedProfile {
  readonly file: string;
  readonly bytes: number;
}

/** `kubelet-node-1-heap-20261126T083000Z.pb.gz`; with a number from the second on, where there is such a file already. */
export function profileFile(
  { name, extension }: Profile,
  node: string,
  time: Date,
  attempt: number,
): string {
  // A node may have a name as long as a file's may be.
  return `kubelet-${fileWord(node).slice(0, 150)}-${name}-${stampOf(time)}${attempt > 1 ? `-${attempt}` : ''}.${extension}`;
}

/** A name as part of a file's: also on Windows, a colon is none of its characters. */
export function fileWord(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '_');
}

/** In UTC, of letters and digits. */
function stampOf(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** How many files a line names. */
const mostFiles = 5;

/** Which files there are, and what opens them; empty without any. pprof takes several and shows their sum. */
export function renderSaved({ name, opener }: Profile, saved: readonly SavedProfile[]): string {
  const [first] = saved;
  if (!first) return '';
  const files = saved.map(({ file, bytes }) => `${file} (${renderValue(bytes, 'bytes')})`);
  const opened = name !== 'trace' && saved.length <= mostFiles ? saved : [first];
  const command = commandLine([...opener, ...opened.map(({ file }) => file)]);
  return `${escapeControlLine(`saved ${summarize(files, mostFiles)}`)}\nhint: ${command}\n`;
}
