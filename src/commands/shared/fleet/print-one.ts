import type { Invocation } from '../../../cli/connection.ts';
import type { TargetRequest } from '../../../cli/node-options.ts';
import { exitCodes } from '../../../errors.ts';
import { withRetries } from '../../../kube/kubelet-client/retry.ts';
import { limitsFrom, limitsWithin } from '../../../kube/transport/limits.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { formatDuration } from '../../../text/duration.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { findKubelet, pathNotes } from './find-kubelet.ts';
import type { OpenFleet } from './open-fleet.ts';
import { printResponse } from './print-response.ts';
import { renderTiming } from './render-timing.ts';

/** Options for a request to one kubelet and for printing its response. */
export interface SingleCall {
  readonly target: TargetRequest;
  /** Time limit in ms until the response begins; if the user has set it, until the response ends. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  /** Number of retries of a request; 0 by default. */
  readonly retries?: number;
  readonly showHeaders?: boolean;
  readonly timing?: boolean;
}

/** Sends a request to one kubelet, and prints the response while it arrives. */
export async function printOne(
  { found, access }: OpenFleet,
  request: Request,
  call: SingleCall,
  { context, globals }: Invocation,
): Promise<number> {
  const { target, timeoutMs, isTimeoutGiven, retries = 0 } = call;
  const { stderr, signal } = context;
  const [only] = found.targets;
  if (!only) return exitCodes.ok;
  const note = (text: string) => stderr.write(`note: ${escapeControlLine(text)}\n`);
  const limits = isTimeoutGiven ? limitsWithin(timeoutMs) : limitsFrom(timeoutMs);
  const kubelet = findKubelet(only, target, access, limits);
  let start = performance.now();
  try {
    const response = await withRetries(
      () => {
        start = performance.now();
        return kubelet.send(request);
      },
      (response) => response,
      {
        times: retries,
        limits,
        signal,
        ends: ({ ms, reason }) =>
          note(`${reason}; not retried: the response says to wait ${formatDuration(ms)}`),
        waits: ({ ms, attempt, reason }) =>
          note(`${reason}; retry ${attempt} of ${retries} in ${formatDuration(ms)}`),
      },
    );
    stderr.write(pathNotes(access, Number(globals.verbosity) > 0));
    return await printResponse(kubelet, request, response, context, call.showHeaders).finally(
      () => {
        if (!call.timing) return;
        stderr.write(`${renderTiming(response.timing, performance.now() - start)}\n`);
      },
    );
  } finally {
    kubelet.close();
  }
}
