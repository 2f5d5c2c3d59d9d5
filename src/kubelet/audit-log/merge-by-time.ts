import { type AuditEntry, timeOf } from './entries.ts';

export type EntrySource = AsyncIterable<readonly AuditEntry[]>;

interface Head {
  readonly iterator: AsyncIterator<readonly AuditEntry[]>;
  entries: readonly AuditEntry[];
  next: number;
}

/**
 * Merges the entries of several logs by time. Each log must be in ascending order. The logs may be rotated files, or logs of
 * several API servers.
 */
export async function* mergeByTime(sources: readonly EntrySource[]): EntrySource {
  const [only] = sources;
  if (only && sources.length === 1) return yield* only;
  const heads: Head[] = [];
  for (const source of sources) {
    const head: Head = { iterator: source[Symbol.asyncIterator](), entries: [], next: 0 };
    if (await readNextEntries(head)) heads.push(head);
  }
  while (heads.length > 0) {
    const first = heads.reduce((least, each) => (nextTime(each) < nextTime(least) ? each : least));
    yield takeUntil(
      first,
      Math.min(...heads.map((head) => (head === first ? Infinity : nextTime(head)))),
    );
    if (first.next >= first.entries.length && !(await readNextEntries(first)))
      heads.splice(heads.indexOf(first), 1);
  }
}

async function readNextEntries(head: Head): Promise<boolean> {
  head.next = 0;
  for (;;) {
    const { done, value } = await head.iterator.next();
    if (done) return false;
    head.entries = value;
    if (head.entries.length > 0) return true;
  }
}

/** Takes the next entry of a log, and further entries up to the time `atMs` of the next entry in another log. */
function takeUntil(head: Head, atMs: number): readonly AuditEntry[] {
  const start = head.next;
  do head.next += 1;
  while (head.next < head.entries.length && nextTime(head) <= atMs);
  return head.entries.slice(start, head.next);
}

function nextTime({ entries, next }: Head): number {
  const entry = entries[next];
  return entry ? timeOf(entry) : 0;
}
