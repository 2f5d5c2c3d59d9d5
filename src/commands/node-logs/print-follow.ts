import { paintOf } from '../../cli/color.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { isTerminal, type Sink, writeOutput } from '../../cli/write-output.ts';
import { exitCodeOf, Failure, Interrupted, messageOf, UsageFailure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet-client/client.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import { escapeControlLine, looksBinary } from '../../text/escape.ts';
import { failedAt, placeOf } from '../shared/fleet/call-fleet.ts';
import { findKubelet } from '../shared/fleet/find-kubelet.ts';
import type { KubeletTarget } from '../shared/fleet/find-targets.ts';
import { renderFleetEnd, renderShard } from '../shared/fleet/fleet-report.ts';
import type { OpenFleet } from '../shared/fleet/open-fleet.ts';
import type { Failed } from '../shared/fleet/outcome.ts';
import { renderText } from '../shared/fleet/render-text.ts';
import { logNotText } from '../shared/logs/not-text.ts';
import { wholeLines } from '../shared/logs/whole-lines.ts';
import { followFile } from './follow/follow-file.ts';
import { followQuery } from './follow/follow-query.ts';
import type { LogRequest, NodeLogsRequest } from './log-request.ts';

/** Follows a log on all nodes at once, until it ends or the signal does. One that fails does not end the others. */
export async function printFollow(
  { target, log, parallel, timeoutMs }: NodeLogsRequest,
  request: Request,
  { found: { targets, all, leftOut }, access: reaching }: OpenFleet,
  invocation: KubeletInvocation,
): Promise<number> {
  const { stdout, stderr, signal } = invocation.context;
  checkParallel(targets.length, parallel);
  stderr.write(renderShard(target.shard, targets.length, all));
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const print = target.isFleet
    ? printLogLines({ stdout, signal }, paintOf(invocation))
    : printLogBytes({ stdout, signal }, isTerminal(stdout));

  const limits = limitsFrom(timeoutMs);
  const followOne = async (each: KubeletTarget, index: number): Promise<Failed | undefined> => {
    const { name } = each;
    const report = (line: string) =>
      stderr.write(`${escapeControlLine(target.isFleet ? withName(line, name) : line)}\n`);
    const access = { ...reaching, signal: ended };
    const kubelet = findKubelet(each, target, access, limits);
    const settings = { pollMs: pollMs(log, targets.length), signal: ended, report };
    try {
      const chunks =
        log.kind === 'file'
          ? followFile(kubelet, request, { ...settings, tail: log.tail })
          : followQuery(kubelet, request, settings);
      await print({ index, name, kubelet }, chunks);
      return undefined;
    } catch (error) {
      if (error instanceof Interrupted && ending.signal.aborted) return undefined;
      if (!(error instanceof Failure) || !target.isFleet) throw error;
      report(`warning: not followed: ${messageOf(error)}`);
      return failedAt({ ...placeOf(each, kubelet), ms: 0 }, error);
    } finally {
      kubelet.close();
    }
  };

  try {
    const failed = (await Promise.all(targets.map(followOne))).filter((each) => each !== undefined);
    if (target.isFleet)
      stderr.write(
        renderFleetEnd({ all: targets.length, failed, leftOut }, false, invocation.line),
      );
    return exitCodeOf(targets.length, failed.length);
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

/** In ms: no more than a hundred requests a second of us, and a query runs two programs on the node. */
function pollMs({ kind }: LogRequest, nodes: number): number {
  return Math.max(kind === 'query' ? 2000 : 1000, 10 * nodes);
}

function withName(line: string, name: string): string {
  return line.includes(name) ? line : line.replace(/^\w+: /, (start) => `${start}${name}: `);
}

/** The followed log of a chunk. */
interface FollowedLog {
  readonly index: number;
  readonly name: string;
  readonly kubelet: Kubelet;
}

/** Prints a log as it comes, and waits for who reads it. */
type PrintLog = (source: FollowedLog, chunks: AsyncIterable<Buffer>) => Promise<void>;

/** As it is. With `onlyText`, what begins as none is refused: a terminal would take it for commands. */
function printLogBytes(sink: Sink, onlyText: boolean): PrintLog {
  return async ({ kubelet }, chunks) => {
    let isFirst = true;
    for await (const chunk of chunks) {
      if (isFirst && onlyText && looksBinary(chunk)) throw logNotText(kubelet.label);
      isFirst = false;
      await writeOutput(sink, chunk);
    }
  };
}

/** Whole lines, each after the name of its node. */
function printLogLines(sink: Sink, paint: Paint): PrintLog {
  return async ({ index, name }, chunks) => {
    const lines = wholeLines();
    const print = (text: string) => {
      const body = { kind: 'text', text } as const;
      const prefixed = renderText({ name, head: undefined, body }, (each) =>
        paint(hueOf(index), each),
      );
      return writeOutput(sink, Buffer.from(prefixed));
    };
    for await (const chunk of chunks) {
      const text = lines.take(chunk);
      if (text !== '') await print(text);
    }
    const last = lines.end();
    if (last !== '') await print(last);
  };
}
