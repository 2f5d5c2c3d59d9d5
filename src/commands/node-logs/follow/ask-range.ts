import { Failure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { command } from '../../../text/command.ts';
import { namesInListing } from '../rotated-files.ts';

export type RangeReply =
  /** `size` is the length of the whole file. */
  | { readonly is: 'part'; readonly size: number; readonly response: HttpResponse }
  | { readonly is: 'nothing'; readonly size: number }
  | { readonly is: 'gone'; readonly failure: Failure };

/** Requests the bytes from `start` up to but not including `end`; without `end`, all bytes from `start` on. */
export async function askRange(
  kubelet: Kubelet,
  request: Request,
  start: number,
  end?: number,
): Promise<RangeReply> {
  const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
  const asked = { ...request, headers: { ...request.headers, range } };
  const response = await kubelet.send(asked);
  const { status, headers } = response;
  if (status === 206 || status === 416) {
    const [, first, size] =
      /^bytes (?:(\d{1,15})-\d{1,15}|\*)\/(\d{1,15})$/.exec(headers['content-range'] ?? '') ?? [];
    if (status === 206 && first === String(start))
      return { is: 'part', size: Number(size), response };
    // Reads the body, so that the connection can be used again.
    await kubelet.read(response, longestErrorBody);
    if (status === 416 && size !== undefined) return { is: 'nothing', size: Number(size) };
    throw noRanges(kubelet, request);
  }
  if (status >= 400) {
    const errorResponse = await kubelet.read(response, longestErrorBody);
    const failure = responseFailure(kubelet, asked, errorResponse);
    // The file server of the kubelet sends this text. Another 404 may mean that the node does not exist.
    if (status === 404 && errorResponse.text === '404 page not found\n')
      return { is: 'gone', failure };
    throw failure;
  }
  response.body.destroy();
  // Go's file server ignores the range if the file is empty.
  if (status === 200 && headers['content-length'] === '0') return { is: 'nothing', size: 0 };
  if (status < 300) throw noRanges(kubelet, request);
  throw new Failure(`the ${kubelet.label} redirects ${request.path}: it is not a file`, {
    hints: [command`list the folder: --path ${`${fileOf(request)}/`}`],
  });
}

/** Returns the path of the requested file in the form of `--path`, without a trailing slash. */
export function fileOf({ path }: Request): string {
  return decodeURIComponent(path.replaceAll(/^\/logs\/|\/$/g, ''));
}

function noRanges(kubelet: Kubelet, { path }: Request): Failure {
  return new Failure(`the ${kubelet.label} does not serve parts of ${path}: it cannot be followed`);
}

/** Limit in bytes of a folder's listing; each name takes about 100 bytes. */
const longestListing = 1024 * 1024;

/** Returns the names in a folder below /var/log. Names of folders end with a slash. */
export async function listFolder(kubelet: Kubelet, request: Request): Promise<readonly string[]> {
  const response = await kubelet.send(request);
  const listing = await kubelet.read(response, longestListing);
  if (response.status >= 400) throw responseFailure(kubelet, request, listing);
  return namesInListing(listing.text);
}
