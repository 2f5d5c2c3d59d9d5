import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import { isTerminal } from '../../cli/is-terminal.ts';
import { exitCodeOf } from '../../cli/tally.ts';
import { exitCodes, Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { inFolder } from '../../kube/files.ts';
import { defaultLimits } from '../../kube/transport/limits.ts';
import { longestMs } from '../../text/duration.ts';
import { openProgress } from '../../text/progress.ts';
import { type BodyMemory, openBodyMemory } from './body-memory.ts';
import type { Access } from './find-kubelet.ts';
import type { FoundTargets, Target } from './find-targets.ts';
import { callFleet } from './fleet.ts';
import {
  largeFleet,
  renderCost,
  renderFleetEnd,
  renderRedirects,
  renderRemoved,
  renderShard,
  type ShownCredential,
} from './fleet-report.ts';
import { type TakeBody, takeInFolder, takeInMemory } from './gather-body.ts';
import type { TakeFailed } from './gather-rows.ts';
import { type CurlRequest, usualFleetTimeout } from './options.ts';
import {
  countRedirects,
  type FleetPrinter,
  printFiles,
  printLines,
  printList,
  printText,
  printTimings,
} from './print-outcomes.ts';

/** How responses are read and printed, where that is not as `request.output` says. */
export interface OpenedOutput {
  readonly takeBody: TakeBody;
  readonly takeFailed?: TakeFailed | undefined;
  readonly printer: FleetPrinter;
  /** To be called before any kubelet. */
  readonly begin?:
    | ((apiServer: ApiServer, targets: readonly Target[]) => Promise<void>)
    | undefined;
}

/** Sends a request to all targets, prints the results, and at the end what is missing. */
export async function printFleet(
  { sent, targets, all, leftOut }: FoundTargets,
  request: CurlRequest,
  reaching: Omit<Access, 'switches'>,
  invocation: Invocation,
  opened?: OpenedOutput,
): Promise<number> {
  const { stdout, stderr, cwd, signal } = invocation.context;
  const { target, output, showHeaders, parallel, failFast, retries, connectMs } = request;
  const { maxTimeMs = longestMs } = request;
  const timeoutMs = target.isFleet
    ? (request.timeoutMs ?? request.maxTimeMs ?? usualFleetTimeout)
    : longestMs;
  stderr.write(renderShard(target.narrowing.shard, targets.length, all));
  if (targets.length >= largeFleet)
    stderr.write(renderCost(targets.length, await credentialOf(reaching.kubelets)));
  const removed: string[] = [];
  const redirects = new Map<string, number>();
  let switched = 0;
  const access = {
    ...reaching,
    switches: () => {
      switched += 1;
    },
  };
  const memory = openBodyMemory(signal);
  const isShown = !/^(?:files|profile)$/.test(output.kind) && isTerminal(stdout);
  const progress = openProgress(isShown ? { write: () => {} } : stderr, 'calling kubelets', true);
  const failed = await callFleet(
    targets,
    sent,
    { target, access },
    {
      ...{ parallel, failFast, retries, connectMs },
      withHead: showHeaders,
      withTiming: request.timing,
      timeoutMs: Math.min(timeoutMs, maxTimeMs),
      answerMs: target.isFleet
        ? undefined
        : Math.min(request.timeoutMs ?? defaultLimits.answerMs, maxTimeMs),
      progress: progress.update,
      takeBody:
        opened?.takeBody ??
        (await takeBodyFor(request, cwd, isTerminal(stdout) && !request.forceTerminal)),
      takeFailed: opened?.takeFailed,
      memory,
      printer: countRedirects(
        opened?.printer ?? printerFor(request, memory, invocation, (file) => removed.push(file)),
        redirects,
      ),
    },
  ).finally(progress.end);
  stderr.write(
    renderRemoved(removed) +
      renderRedirects(redirects, target.isFleet ? '1 kubelet' : 'the kubelet'),
  );
  if (target.isFleet)
    stderr.write(
      renderFleetEnd(
        { all: targets.length, failed, switched, leftOut },
        Number(invocation.globals.verbosity) > 0,
      ),
    );
  else if (failed[0] && failed[0].cause !== 'interrupted') throw failed[0].failure;
  if (signal.aborted) return exitCodes.interrupted;
  const code = exitCodeOf({ all: targets.length, failed });
  return code === exitCodes.ok && leftOut !== undefined ? exitCodes.someFailed : code;
}

/** By what kubelets are to know who asks; undefined if that is unknown, which is then the failure of each node. */
async function credentialOf(kubelets: Access['kubelets']): Promise<ShownCredential | undefined> {
  if (!kubelets) return 'of kube-apiserver';
  const identity = await orFailure(kubelets.identity());
  if (identity instanceof Failure) return undefined;
  return identity.authorization === undefined ? 'certificate' : 'token';
}

async function takeBodyFor(
  { output, profile }: CurlRequest,
  cwd: string,
  onlyText: boolean,
): Promise<TakeBody> {
  if (output.kind === 'files') return takeInFolder(inFolder(cwd, output.folder), profile);
  if (output.kind !== 'text') return takeInMemory({ binary: true });
  const { prefix, template } = output.style;
  const isCopied = !prefix && !template;
  return takeInMemory({ binary: template?.hasLine === false || (isCopied && !onlyText) });
}

function printerFor(
  { output, profile, timing }: CurlRequest,
  memory: BodyMemory,
  invocation: Invocation,
  removed: (file: string) => void,
): FleetPrinter {
  const { stdout, stderr, secrets, cwd, signal } = invocation.context;
  const timed = (printer: FleetPrinter) => (timing ? printTimings(printer, stderr) : printer);
  const to = { stdout, signal, mask: (text: string) => secrets.mask(text) };
  if (output.kind === 'json') return printList(to, memory);
  if (output.kind === 'text') return timed(printText(to, output.style, paintOf(invocation)));
  if (output.kind === 'files')
    return timed(printFiles(inFolder(cwd, output.folder), profile, removed));
  return printLines(to);
}
