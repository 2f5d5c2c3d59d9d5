import { paintOf } from '../../cli/color.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { checkText, writeOutput } from '../../cli/write-output.ts';
import { Failure, Interrupted, messageOf, type Outcomes, UsageFailure } from '../../errors.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { hueOf } from '../../text/color.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import { failedAt, limitsOf, placeOf } from '../shared/fleet/call-fleet.ts';
import { renderFleetEnd, renderShard } from '../shared/fleet/fleet-report.ts';
import { readInMemory } from '../shared/fleet/gather-body.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import { type Answered, type Failed, isFailed } from '../shared/fleet/outcome.ts';
import { type FleetPrinter, printFleet } from '../shared/fleet/print-fleet.ts';
import { printOne } from '../shared/fleet/print-one.ts';
import { renderText, textOf } from '../shared/fleet/render-text.ts';
import { isReversed, journalSplitter, oldestFirst } from '../shared/logs/journal-entries.ts';
import { filterLines } from '../shared/logs/line-filter.ts';
import { binaryLog, printLines } from '../shared/logs/print-lines.ts';
import { followFile } from './follow/follow-file.ts';
import { followQuery } from './follow/follow-query.ts';
import type { FollowSettings } from './follow/poll.ts';
import { withLogChecks } from './follow/with-log-checks.ts';
import type { LogRequest, NodeLogsSettings } from './log-request.ts';

export async function printNodeLogs(
  asked: NodeLogsSettings,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { chosen, log, timeoutMs, parallel } = asked;
  const { context } = invocation;
  const request = { method: 'GET', path: log.path };
  const wrap = log.follow ? undefined : withLogChecks(log, context.signal);
  const tell = (line: string) => context.stderr.write(`${escapeControlLine(line)}\n`);
  const question = { chosen, request, wrap, ...(log.follow && { tell }) };
  return withFleet(invocation, question, (fleet) => {
    if (log.follow) return printFollow(asked, request, fleet, invocation);
    const call = { request, chosen, parallel };
    const isQuery = log.kind === 'query';
    // A reversed journal must be reordered, and an answer without a match gets a note. Both need the whole answer, which only printFleet
    // reads.
    if (!chosen.isFleet && !(isQuery && (isReversed(log.path) || log.path.includes('pattern='))))
      return printOne(fleet, { ...call, ...limitsOf(asked) }, invocation);
    return printFleet(fleet, { ...call, timeoutMs }, invocation, {
      readBody: readInMemory('text', request.path),
      printer: isQuery ? printMerged(invocation, chosen.isFleet) : printFiles(invocation),
    });
  });
}

function printFiles(invocation: KubeletInvocation): FleetPrinter {
  const paint = paintOf(invocation);
  return {
    print: async (index, outcome, begin) => {
      if (isFailed(outcome)) return;
      begin();
      const name = (text: string) => paint(hueOf(index), text);
      await writeOutput(invocation.context, renderText(outcome, name));
    },
    end: async () => {},
  };
}

/** Limit in bytes of all journals, which stay in memory until the last node has answered. */
const mostText = 512 * 1024 * 1024;

function printMerged(invocation: KubeletInvocation, withNames: boolean): FleetPrinter {
  const paint = paintOf(invocation);
  const answers = new Map<number, Answered>();
  let held = 0;
  return {
    print: async (index, outcome) => {
      if (isFailed(outcome)) return;
      held += outcome.bytes;
      if (held > mostText)
        throw new Failure('the journals of the nodes are more than 512 MiB', {
          hints: ['ask for less: --since, --until, --tail or --grep'],
        });
      answers.set(index, outcome);
    },
    end: async () => {
      const journals = [...answers].map(([index, { name, body }]) => ({
        name: withNames ? paint(hueOf(index), name) : undefined,
        text: textOf(body),
      }));
      if (journals.length > 0 && journals.every(({ text }) => isEmpty(text))) {
        const names = summarize([...answers.values()], 5, ({ name }) => name);
        const has = journals.length === 1 ? 'has' : 'have';
        invocation.context.stderr.write(
          `note: ${escapeControlLine(names)} ${has} no such entries\n`,
        );
        return;
      }
      for (const part of mergeEntries(journals, Date.now()))
        await writeOutput(invocation.context, part);
    },
  };
}

/** Whether a journal has no entries. journalctl may then print a line that says so. */
function isEmpty(journal: string): boolean {
  return /^(?:-- No entries --)?$/.test(journal.trim());
}

interface Journal {
  /** Colored name of the node; undefined to print none. */
  readonly name: string | undefined;
  readonly text: string;
}

/**
 * Merges entries by time. A line without a time stays after the line before it. @param nowMs the current time: journals leave out the year
 */
export function* mergeEntries(journals: readonly Journal[], nowMs: number): Generator<string> {
  const entries = journals.flatMap(({ name, text }) => {
    const splitter = journalSplitter(nowMs);
    let at = 0;
    const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    return oldestFirst([...splitter.take(whole), ...splitter.end()]).map((entry) => {
      at = entry.atUs ?? at;
      return { name, at, text: entry.text };
    });
  });
  for (const { name, text } of entries.sort((a, b) => a.at - b.at)) {
    const lines = text.slice(0, -1).split('\n');
    yield lines.map((line) => `${name === undefined ? '' : `${name} `}${line}\n`).join('');
  }
}

/** Follows the logs of all nodes at once. If a node fails, goes on with the other nodes. */
async function printFollow(
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
