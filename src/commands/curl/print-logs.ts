import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import { isTerminal } from '../../cli/is-terminal.ts';
import { exitCodeOf } from '../../cli/tally.ts';
import { Failure, Interrupted, messageOf, UsageFailure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import type { KubeletFailure } from '../../kube/kubelet/kubelet-failure.ts';
import { type Limits, limitsFrom } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { type Access, findKubelet } from './find-kubelet.ts';
import type { FoundTargets, Target } from './find-targets.ts';
import { renderFleetEnd, renderShard } from './fleet-report.ts';
import { followContainer } from './follow/follow-container.ts';
import { followFile } from './follow/follow-file.ts';
import { followQuery } from './follow/follow-query.ts';
import type { FollowSettings } from './follow/poll.ts';
import { failedAt, placeOf } from './gather-failure.ts';
import type { LogRequest } from './logs/log-options.ts';
import type { CurlRequest } from './options.ts';
import type { Failed } from './outcome.ts';
import { printLogBytes, printLogLines } from './print-log-lines.ts';

/** Follows a log on all targets at once, until it ends or the signal does. One that fails does not end the others. */
export async function printLogs(
  { sent, targets, all, leftOut }: FoundTargets,
  request: CurlRequest,
  log: LogRequest,
  reaching: Omit<Access, 'switches'>,
  invocation: Invocation,
): Promise<number> {
  const { stdout, stderr, signal } = invocation.context;
  const { target, output, parallel, failFast, forceTerminal } = request;
  checkParallel(targets.length, parallel);
  stderr.write(renderShard(target.narrowing.shard, targets.length, all));
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const print =
    output.kind === 'text'
      ? printLogLines({ stdout, signal }, output.style, paintOf(invocation))
      : printLogBytes({ stdout, signal }, isTerminal(stdout) && !forceTerminal);

  const followOne = async (each: Target, index: number): Promise<Failed | undefined> => {
    const { name } = each;
    const report = (line: string) =>
      stderr.write(`${escapeControlLine(target.isFleet ? withName(line, name) : line)}\n`);
    const access = {
      ...reaching,
      signal: ended,
      switches: ({ message }: KubeletFailure) =>
        report(`note: ${message}; calling it through the API server`),
    };
    const kubelet = findKubelet(each, target, access, limitsFor(log, request));
    const settings = { pollMs: pollMs(log, targets.length), signal: ended, report };
    try {
      await print({ index, name, kubelet }, follow(kubelet, sent, log, settings));
      return undefined;
    } catch (error) {
      if (error instanceof Interrupted && ending.signal.aborted) return undefined;
      if (!(error instanceof Failure) || !target.isFleet) throw error;
      if (failFast) ending.abort(new Interrupted());
      else report(`warning: no longer followed: ${messageOf(error)}`);
      return failedAt({ ...placeOf(each, kubelet), ms: 0 }, error);
    } finally {
      kubelet.close();
    }
  };

  try {
    const failed = (await Promise.all(targets.map(followOne))).filter((each) => each !== undefined);
    if (target.isFleet)
      stderr.write(renderFleetEnd({ all: targets.length, failed, switched: 0, leftOut }, false));
    return exitCodeOf({ all: targets.length, failed });
  } finally {
    ending.abort(new Interrupted());
  }
}

function checkParallel(nodes: number, parallel: number): void {
  if (nodes <= parallel) return;
  throw new UsageFailure(
    `--follow needs all nodes at once: ${nodes} are more than --parallel ${parallel}`,
    { hints: [`re-run with --parallel ${nodes}`] },
  );
}

function follow(
  kubelet: Kubelet,
  sent: Request,
  { kind, tail }: LogRequest,
  settings: FollowSettings,
): AsyncIterable<Buffer> {
  if (kind === 'file') return followFile(kubelet, sent, { ...settings, tail });
  if (kind === 'query') return followQuery(kubelet, sent, settings);
  return followContainer(kubelet, sent, settings);
}

/** In ms: no more than a hundred requests a second of us, and a query runs two programs on the node. */
function pollMs({ kind }: LogRequest, nodes: number): number {
  return Math.max(kind === 'query' ? 2000 : 1000, 10 * nodes);
}

/** A container may write nothing for long, and its kubelet does not answer before it does. */
function limitsFor({ kind }: LogRequest, { connectMs, timeoutMs }: CurlRequest): Limits {
  const usual = kind === 'container' ? longestMs : undefined;
  return limitsFrom({ connectMs, timeoutMs: timeoutMs ?? usual, maxTimeMs: undefined });
}

function withName(line: string, name: string): string {
  return line.includes(name) ? line : line.replace(/^\w+: /, (start) => `${start}${name}: `);
}
