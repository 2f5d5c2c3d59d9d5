import { answerFailure } from '../../../kube/kubelet-client/answer-failure.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import type { FilePlace } from '../file-place.ts';
import { parseListing, type RotatedFile, rotatedAfter, rotatedFiles } from '../rotated-files.ts';
import { isSameFile, type LogFile } from './read-file.ts';

/** In bytes. A line of the listing is a hundred. */
const longestListing = 1024 * 1024;

/** The file that was read up to `place`, under its new name, and those that were rotated after it, the oldest first. */
export async function findRotated(
  kubelet: Kubelet,
  request: Request,
  place: FilePlace,
  signal: AbortSignal,
): Promise<readonly LogFile[]> {
  // Nothing to know it by.
  if (place.last.length === 0) return [];
  const [pathname = ''] = request.path.split('?', 1);
  const folder = pathname.slice(0, pathname.lastIndexOf('/') + 1);
  const name = decodeURIComponent(pathname.slice(folder.length));
  const files = rotatedFiles(name, await listFolder(kubelet, { ...request, path: folder }));
  const toLogFile = ({ name: each, isGzip }: RotatedFile): LogFile => ({
    request: { ...request, path: folder + encodeURIComponent(each) },
    isGzip,
  });
  // A compressed file is read as a whole to know it.
  const tried = [...files.filter(({ isGzip }) => !isGzip), ...files.filter(({ isGzip }) => isGzip)];
  for (const file of tried)
    if (await isSameFile(kubelet, toLogFile(file), place, signal))
      return [file, ...rotatedAfter(file, files)].map(toLogFile);
  return [];
}

async function listFolder(kubelet: Kubelet, request: Request): Promise<readonly string[]> {
  const answer = await kubelet.send(request);
  const listing = await kubelet.read(answer, longestListing);
  if (answer.status >= 400) throw answerFailure(kubelet, request, listing);
  return parseListing(listing.text);
}
