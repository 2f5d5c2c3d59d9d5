import { Failure, Interrupted, orFailure } from '../../../errors.ts';
import { type Kubelet, longestErrorBody } from '../../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { responseFailure } from '../../../kube/kubelet-client/response-failure.ts';
import { msUntil } from '../../../kube/transport/limits.ts';
import type { HttpResponse, Request } from '../../../kube/transport/transport.ts';
import { paused } from '../../../kube/within.ts';
import type { NodeImages } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import {
  curlCommand,
  type ReadBody,
  type ReadErrorBody,
  readInMemory,
  UnusableBody,
} from '../fleet/gather-body.ts';
import type { Row, Unread } from '../fleet/outcome.ts';
import { textOf } from '../fleet/render-text.ts';
import type { BodyView, ExtraPath } from './body-view.ts';
import { type LabelChoice, labelCells } from './label-columns.ts';
import type { RowSelector } from './select-rows.ts';

export interface RowChoice {
  readonly labels: LabelChoice | undefined;
  readonly selector: RowSelector | undefined;
  readonly images?: ReadonlyMap<string, NodeImages> | undefined;
}

/**
 * Returns a function that makes rows from the response to `request` and from additional responses. Additional requests have the headers of
 * `request` except Accept.
 */
export function readRows(
  view: BodyView,
  { labels, selector, images }: RowChoice,
  request: Request,
): ReadBody {
  const { accept: _, ...headers } = request.headers ?? {};
  const readBodyText = readInMemory('text', request.path);
  return async (kubelet, response, context) => {
    checkStatus(kubelet, request, response);
    const end = performance.now() + context.totalMs;
    const start = performance.now();
    const readLater = async (afterMs: number) => {
      if (!(await paused(msUntil(start + afterMs), context.signal))) throw new Interrupted();
      return readAgain(kubelet, request, async (response) => {
        const ms = performance.now() - start;
        return {
          ...(await readBodyText(kubelet, response, { ...context, totalMs: msUntil(end) })),
          ms,
        };
      });
    };
    const first = await readBodyText(kubelet, response, context);
    const later = view.secondReading && (await readLater(view.secondReading.afterMs));
    const { bytes, body } = later ?? first;
    const earlier = later && { body: textOf(first.body), ms: later.ms };
    let besides = bytes;
    const readExtra = (path: ExtraPath) =>
      readAgain(kubelet, { method: 'GET', path, headers }, async (response) => {
        const totalMs = Math.min(context.responseMs, msUntil(end));
        const content = await readBodyText(kubelet, response, { ...context, totalMs, besides });
        besides += content.bytes;
        return textOf(content.body);
      });
    const bodies = { body: textOf(body), ...(earlier && { earlier }) };
    const extraPaths = [...view.extraPaths, ...(view.laterPaths?.(bodies, context.name) ?? [])];
    const { extra, unread } = await readExtras(extraPaths, readExtra);
    const read = view.rows(
      { ...bodies, extra, node: context.node, images: images?.get(context.name) },
      context.name,
    );
    if (!read.decoded)
      throw unexpected(kubelet, request, `the ${kubelet.label} sent ${read.problem}`);
    const {
      rows,
      problems,
      labelsOf = () => context.node?.metadata.labels,
      pods,
      ended,
    } = read.decoded.value;
    for (const path of extraPaths) {
      const problem = problems[path];
      if (problem === undefined) continue;
      unread.push({ path, failure: new Failure(`the ${kubelet.label} sent ${problem}`) });
    }
    const [lacking] = unread;
    if (selector?.needsLabels && lacking) throw lacking.failure;
    if (pods) selector?.finds(pods);
    const takes = (row: Row) => selector?.takes(row, labelsOf(row)) ?? true;
    const all = ended && selector?.hasNames ? [...rows, ...ended.rows()] : rows;
    const taken = all.filter(takes);
    const leftOut =
      ended && !selector?.hasNames ? ended.pods.filter((pod) => takes({ ...pod })) : [];
    const labeled = labels
      ? taken.map((row) => ({ ...row, ...labelCells(labels, labelsOf(row)) }))
      : taken;
    return { bytes, body: undefined, rows: labeled, unread, ended: leftOut.length };
  };
}

/** Sends the additional requests one after the other. Returns the bodies by path, and the failures. */
async function readExtras(paths: readonly ExtraPath[], take: (path: ExtraPath) => Promise<string>) {
  const extra: Partial<Record<ExtraPath, string>> = {};
  const unread: Unread[] = [];
  for (const path of paths) {
    const read = await orFailure(take(path));
    if (typeof read === 'string') extra[path] = read;
    // Drops the hint of an UnusableBody, because it is about the first response.
    else
      unread.push({
        path,
        failure: read instanceof UnusableBody ? new Failure(read.message) : read,
      });
  }
  return { extra, unread };
}

/** Returns a function that makes rows from error responses; undefined if the view has none. */
export function readFailedRows(
  { failedRows }: BodyView,
  labels: LabelChoice | undefined,
  request: Request,
): ReadErrorBody | undefined {
  if (!failedRows) return undefined;
  return async (kubelet, response, context) => {
    const read = async (path: string) => {
      const send = async () =>
        kubelet.read(
          await kubelet.send({ method: 'GET', path, headers: request.headers ?? {} }),
          longestErrorBody,
        );
      const answer = await orFailure(send());
      return answer instanceof Failure ? undefined : answer.text;
    };
    const found = await failedRows(response, context.name, read, context.node);
    if (!found) return undefined;
    const cells = labels && labelCells(labels, context.node?.metadata.labels);
    const failure =
      found.words === undefined
        ? responseFailure(kubelet, request, response)
        : new KubeletFailure(`the ${kubelet.label} ${found.words}`, {
            ...{ why: 'unknown', status: response.status },
            hints: ['on the node, the log of the kubelet: journalctl -u kubelet'],
          });
    return { rows: found.rows.map((row) => ({ ...row, ...cells })), failure };
  };
}

/** Throws for any status except 200, because the body of a redirect, for example, contains no rows. */
function checkStatus(
  kubelet: Kubelet,
  request: Request,
  { status, statusText }: HttpResponse,
): void {
  if (status === 200) return;
  const words = `the ${kubelet.label} answered ${status} ${statusText}`;
  throw unexpected(kubelet, request, escapeControlLine(words.trimEnd()));
}

function unexpected(kubelet: Kubelet, { path }: Request, message: string): UnusableBody {
  const hint = `see the response: ${curlCommand(kubelet, path)}`;
  return new UnusableBody('unexpected-response', message, hint);
}

async function readAgain<T>(
  kubelet: Kubelet,
  request: Request,
  take: (response: HttpResponse) => Promise<T>,
): Promise<T> {
  const response = await kubelet.send(request);
  if (response.status >= 400)
    throw responseFailure(kubelet, request, await kubelet.read(response, longestErrorBody));
  checkStatus(kubelet, request, response);
  return take(response);
}
