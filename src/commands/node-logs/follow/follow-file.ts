import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { escapeControl } from '../../../text/escape.ts';
import { type RotatedFile, rotatedAfter, rotatedFiles } from '../rotated-files.ts';
import { askRange, listFolder } from './ask-range.ts';
import { type FollowSettings, pollForever } from './poll.ts';
import {
  type FilePlace,
  isSameFile,
  type LogFile,
  placeBeforeLines,
  readFileFrom,
  startOfFile,
} from './read-file.ts';

/**
 * Yields the last `tail` lines or the whole file, and then all bytes that are appended. If the bytes before the position have changed, the
 * file was rotated: yields the rest of the rotated file, then files that were rotated later, and then the new file.
 */
export async function* followFile(
  kubelet: Kubelet,
  request: Request,
  settings: FollowSettings & { readonly tail: number | undefined },
): AsyncGenerator<Buffer, never> {
  const { signal, tail, report } = settings;
  const home: LogFile = { request, isGzip: false };
  let file = home;
  let place: FilePlace | undefined;
  const moved = (now: FilePlace) => {
    place = now;
  };
  const rotatedNext = async (end: FilePlace): Promise<LogFile | undefined> => {
    const [, ...newer] = await findRotated(kubelet, request, end, signal);
    for (const each of newer) if (await hasBytes(kubelet, each.request)) return each;
    return undefined;
  };
  /** Yields the bytes of the new file. If the new file has been rotated too, yields nothing and returns false. */
  const beginHome = async function* (end: FilePlace): AsyncGenerator<Buffer, boolean> {
    let begun = startOfFile;
    const parts = readFileFrom(kubelet, home, startOfFile, signal, (now) => {
      begun = now;
      if (file === home) place = now;
    });
    const first = await parts.next();
    if (await rotatedNext(end)) {
      await parts.return({ is: 'same' });
      return false;
    }
    report('note', `${pathOf(home)} was rotated: ${pathOf(file)} is read to its end`);
    file = home;
    place = begun;
    if (first.done) return true;
    yield first.value;
    yield* parts;
    return true;
  };

  /**
   * Yields the bytes appended to `home`. Then returns the rotated file if `home` was rotated, `from its start` if it was replaced, and
   * `later` in all other cases.
   */
  const readHome = async function* (
    isFirst: boolean,
  ): AsyncGenerator<Buffer, 'later' | 'from its start' | LogFile> {
    place ??=
      tail === undefined ? startOfFile : await placeBeforeLines(kubelet, request, tail, signal);
    const outcome = yield* readFileFrom(kubelet, home, place, signal, moved);
    if (outcome.is === 'same') return 'later';
    if (outcome.is === 'gone' && isFirst) throw outcome.failure;
    const [found] = await findRotated(kubelet, request, place, signal);
    if (found) return found;
    if (outcome.is === 'gone' || outcome.size === 0) return 'later';
    report(
      'warning',
      `${pathOf(home)} was replaced or truncated, and the rest of the old file was not found: lines may be missing`,
    );
    return 'from its start';
  };

  /** Yields the rest of a rotated file, and then sets `file` to the next file. Returns whether this poll is complete. */
  const readRotated = async function* (from: FilePlace): AsyncGenerator<Buffer, boolean> {
    // Must be checked before the rest of the old file is read: as soon as the new file has bytes, the old file no longer grows.
    const isReplaced = await hasBytes(kubelet, request);
    let end = from;
    const outcome = yield* readFileFrom(kubelet, file, from, signal, (now) => {
      end = now;
      place = now;
    });
    // The rotated file was renamed again: the next poll looks for its new name.
    if (outcome.is !== 'same') file = home;
    if (outcome.is !== 'same' || !isReplaced) return true;
    const next = await rotatedNext(end);
    if (!next) return yield* beginHome(end);
    file = next;
    place = startOfFile;
    return false;
  };

  const poll = async function* (): AsyncGenerator<Buffer, void> {
    const isFirst = place === undefined;
    for (;;) {
      if (file === home) {
        const next = yield* readHome(isFirst);
        if (next === 'later') return;
        if (next === 'from its start') {
          place = startOfFile;
          continue;
        }
        file = next;
      }
      if (yield* readRotated(place ?? startOfFile)) return;
    }
  };
  return yield* pollForever(kubelet, settings, poll);
}

async function hasBytes(kubelet: Kubelet, request: Request): Promise<boolean> {
  const reply = await askRange(kubelet, request, 0, 1);
  if (reply.is === 'part') await kubelet.read(reply.response, 1);
  return reply.is === 'part';
}

function pathOf({ request }: LogFile): string {
  return escapeControl(request.path);
}

/** Finds the file that was read up to `place` and then renamed. Returns it, and the files that were rotated after it, oldest first. */
async function findRotated(
  kubelet: Kubelet,
  request: Request,
  place: FilePlace,
  signal: AbortSignal,
): Promise<readonly LogFile[]> {
  // A file is recognized by the bytes before the position. If there are none, no file can be recognized.
  if (place.last.length === 0) return [];
  const [pathname = ''] = request.path.split('?', 1);
  const folder = pathname.slice(0, pathname.lastIndexOf('/') + 1);
  const name = decodeURIComponent(pathname.slice(folder.length));
  const files = rotatedFiles(name, await listFolder(kubelet, { ...request, path: folder }));
  const toLogFile = ({ name: each, isGzip }: RotatedFile): LogFile => ({
    request: { ...request, path: folder + encodeURIComponent(each) },
    isGzip,
  });
  // Compressed files come last, because they must be read from their start.
  const tried = [...files.filter(({ isGzip }) => !isGzip), ...files.filter(({ isGzip }) => isGzip)];
  for (const file of tried)
    if (await isSameFile(kubelet, toLogFile(file), place, signal))
      return [file, ...rotatedAfter(file, files)].map(toLogFile);
  return [];
}
