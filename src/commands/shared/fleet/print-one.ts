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

/** How one kubelet is called, and what is printed beside the body. */
export interface SingleCall {
  readonly target: TargetRequest;
  /** In ms, until the response begins; until it ends, where a user has set it. */
  readonly timeoutMs: number;
  readonly isTimeoutGiven: boolean;
  /** How often a request is sent again; never by default. */
  readonly retries?: number;
  readonly showHeaders?: boolean;
  readonly timing?: boolean;
}

/** Sends a request to one kubelet, and prints the response as it comes. */
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
