import type { Context } from '../../../context.ts';
import { Failure, Interrupted } from '../../../errors.ts';
import { gunzipIfPacked } from '../../../kube/files/gunzip.ts';
import { readFileParts } from '../../../kube/files/read-file.ts';
import { readStdinParts } from '../../../kube/files/read-stdin.ts';
import { type EntrySource, mergeByTime } from '../../../kubelet/audit-log/merge-by-time.ts';
import { type LogReader, type LogSummary, logReader } from '../../../kubelet/audit-log/read-log.ts';
import {
  type KubeletUsage,
  type UsageOptions,
  usageCollector,
} from '../../../kubelet/audit-log/usage.ts';

export interface ReadLog extends LogSummary {
  readonly name: string;
  /** Whether the gzip data ends too early or is invalid. */
  readonly isDamaged: boolean;
}

/** Reads audit logs; the name `-` means standard input. Throws if a log has no audit event. */
export async function gatherUsage(
  names: readonly string[],
  options: UsageOptions,
  context: Context,
): Promise<{ readonly usage: KubeletUsage; readonly logs: readonly ReadLog[] }> {
  const collector = usageCollector(options);
  const opened = names.map((name) => openLog(name, context));
  for await (const entries of mergeByTime(opened.map(({ entries }) => entries)))
    for (const entry of entries) collector.add(entry);
  if (context.signal.aborted) throw new Interrupted();
  const logs = opened.map(({ name, reader, isDamaged }) => ({
    name,
    ...reader.summary(),
    isDamaged: isDamaged(),
  }));
  const areEmpty = logs.every(({ isEmpty }) => isEmpty);
  // An empty log is an error only if all logs are empty, because a log is empty just after its rotation.
  for (const { name, content, isEmpty } of logs)
    if (content !== undefined && (areEmpty || !isEmpty))
      throw new Failure(`no audit event in ${name}: ${content}`, {
        hints: [
          'kube-apiserver writes the file of --audit-log-path, as JSON of kind Event, apiVersion audit.k8s.io/v1',
        ],
      });
  return { usage: collector.end(), logs };
}

function openLog(given: string, context: Context) {
  const { signal } = context;
  const reader = logReader();
  let damaged = false;
  const parts =
    given === '-'
      ? readStdinParts(context.stdin, signal)
      : readFileParts('audit log', given, { cwd: context.cwd, signal });
  const unpacked = gunzipIfPacked(parts, () => {
    damaged = true;
  });
  const name = given === '-' ? 'standard input' : given;
  return { name, reader, entries: read(unpacked, reader), isDamaged: () => damaged };
}

async function* read(parts: AsyncIterable<Buffer>, reader: LogReader): EntrySource {
  for await (const part of parts) yield reader.read(part);
  yield reader.end();
}
