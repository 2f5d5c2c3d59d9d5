import { Failure } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import {
  isReversed,
  type JournalEntry,
  journalSplitter,
  oldestFirst,
} from '../../shared/logs/journal-entries.ts';
import { formatLogTime, formatQuery } from '../../shared/logs/log-times.ts';
import { journalWindow } from '../journal-window.ts';
import { type FollowSettings, pollForever } from './poll.ts';
import { openQuery } from './read-query.ts';

/**
 * Yields the results of a node log query, and then new journal entries. Each request begins shortly before the newest entry. Entries that
 * were already printed are left out.
 */
export async function* followQuery(
  kubelet: Kubelet,
  request: Request,
  settings: FollowSettings,
): AsyncGenerator<Buffer, never> {
  const { signal } = settings;
  const window = journalWindow();
  const tail = tailOf(request.path);
  let isFirst = true;

  /** Yields the entries of an answer. Leaves out a last entry that may be cut off, because the next answer repeats it. */
  const ask = async function* (path: string): AsyncGenerator<JournalEntry, void> {
    const answer = await openQuery(kubelet, { ...request, path }, signal);
    const splitter = journalSplitter(answer.nowMs);
    for await (const lines of answer.lines) yield* splitter.take(lines);
    const { isCut, failure } = await answer.end();
    if (!isCut) yield* splitter.end();
    if (failure) throw failure;
  };

  const poll = async function* (): AsyncGenerator<Buffer, void> {
    do {
      const fromMs = window.begin();
      if (isFirst && tail !== undefined) yield* first(tail);
      else
        for await (const entry of ask(isFirst ? request.path : pathFrom(request.path, fromMs)))
          if (window.take(entry)) yield toBuffer(entry);
      isFirst = false;
    } while (window.end());
  };

  /** Yields the last `lines` entries. If `lines` is 0, requests one entry without yielding it, to learn where new entries begin. */
  const first = async function* (lines: number): AsyncGenerator<Buffer, void> {
    const path = lines > 0 ? request.path : pathWithTail(request.path, 1);
    const entries = isReversed(path) ? inOrder(ask(path), kubelet.label) : ask(path);
    for await (const entry of entries) if (window.take(entry) && lines > 0) yield toBuffer(entry);
  };
  return yield* pollForever(kubelet, settings, poll);
}

/** Limit in characters for an answer that must be read to its end before its entries can be sorted. */
const longestAnswer = 32 * 1024 * 1024;

async function* inOrder(
  entries: AsyncIterable<JournalEntry>,
  label: string,
): AsyncGenerator<JournalEntry, void> {
  const all: JournalEntry[] = [];
  let length = 0;
  for await (const entry of entries) {
    all.push(entry);
    length += entry.text.length;
    if (length > longestAnswer)
      throw new Failure(`the ${label} sent more than 32 MiB of last lines that match --grep`, {
        hints: ['ask for less: --tail'],
      });
  }
  yield* oldestFirst(all);
}

function toBuffer({ text }: JournalEntry): Buffer {
  return Buffer.from(text, 'latin1');
}

function pathFrom(path: string, fromMs: number | undefined): string {
  const [start, query = ''] = path.split('?');
  const replaced = fromMs === undefined ? /^tailLines=/ : /^(?:tailLines|sinceTime)=/;
  const left = query.split('&').filter((part) => !replaced.test(part));
  const since = formatQuery([['sinceTime', formatLogTime(fromMs)]]);
  return `${start}?${[...left, since].filter(Boolean).join('&')}`;
}

function tailOf(path: string): number | undefined {
  const tail = new URLSearchParams(path.slice(path.indexOf('?'))).get('tailLines');
  return tail ? Number(tail) : undefined;
}

function pathWithTail(path: string, tail: number): string {
  return path.replace(/([?&]tailLines=)[^&]*/, `$1${tail}`);
}
