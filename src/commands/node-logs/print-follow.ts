import { paintOf } from '../../cli/color.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { checkText, writeOutput } from '../../cli/write-output.ts';
import { Failure, Interrupted, messageOf, type Outcomes, UsageFailure } from '../../errors.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { hueOf } from '../../text/color.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import { failedAt, placeOf } from '../shared/fleet/call-fleet.ts';
import { renderFleetEnd, renderShard } from '../shared/fleet/fleet-report.ts';
import type { OpenFleet } from '../shared/fleet/open-fleet.ts';
import type { Failed } from '../shared/fleet/outcome.ts';
import { filterLines } from '../shared/logs/line-filter.ts';
import { binaryLog, printLines } from '../shared/logs/print-lines.ts';
import { followFile } from './follow/follow-file.ts';
import { followQuery } from './follow/follow-query.ts';
import type { FollowSettings } from './follow/poll.ts';
import type { LogRequest, NodeLogsSettings } from './log-request.ts';

/** Follows the logs of all nodes at once. If a node fails, goes on with the other nodes. */
export async function printFollow(
  { chosen, log, parallel, timeoutMs }: NodeLogsSettings,
  request: Request,
  { found: { targets, all, leftOut }, door }: OpenFleet,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { stdout, stderr, signal } = invocation.context;
  checkParallel(targets.length, parallel);
  stderr.write(renderShard(chosen.shard, targets.length, all));
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const paint = paintOf(invocation);
  const sink = { stdout, signal };
  const limits = limitsFrom(timeoutMs);
  const followOne = async (each: KubeletTarget, index: number): Promise<Failed | undefined> => {
    const { name } = each;
    const report: FollowSettings['report'] = (kind, words) => {
      const whose = !chosen.isFleet || words.includes(name) ? '' : `${name}: `;
      stderr.write(`${escapeControlLine(`${kind}: ${whose}${words}`)}\n`);
    };
    using kubelet = door.one(each, limits, { signal: ended });
    const settings = { pollMs: pollMs(log, targets.length), signal: ended, report };
    try {
      const { isShown } = log;
      const all =
        log.kind === 'file'
          ? followFile(kubelet, request, { ...settings, tail: log.tail })
          : followQuery(kubelet, request, settings);
      const chunks = isShown ? filterLines(all, isShown) : all;
      if (chosen.isFleet) await printLines(chunks, `${paint(hueOf(index), name)} `, sink);
      else
        for await (const chunk of checkText(chunks, stdout, () => binaryLog(kubelet.label)))
          await writeOutput(sink, chunk);
      return undefined;
    } catch (error) {
      if (error instanceof Interrupted && ending.signal.aborted) return undefined;
      if (!(error instanceof Failure) || !chosen.isFleet) throw error;
      report('warning', `not followed: ${messageOf(error)}`);
      return failedAt({ ...placeOf(each, kubelet), ms: 0 }, error);
    }
  };

  try {
    const failed = (await Promise.all(targets.map(followOne))).filter((each) => each !== undefined);
    if (chosen.isFleet)
      stderr.write(
        renderFleetEnd({ all: targets.length, failed, leftOut }, false, invocation.line),
      );
    return { all: targets.length, failed: failed.length };
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

/**
 * Returns the ms between requests to a node, so that all nodes together get at most 100 requests per second. Queries are sent less often
 * than requests for files, because each query runs two programs on the node.
 */
function pollMs({ kind }: LogRequest, nodes: number): number {
  return Math.max(kind === 'query' ? 2000 : 1000, 10 * nodes);
}
