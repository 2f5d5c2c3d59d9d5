import { isTerminal } from '../../cli/is-terminal.ts';
import type { Context } from '../../context.ts';
import { exitCodes } from '../../errors.ts';
import type { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { withRetries } from '../../kube/kubelet-client/retry.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { profileOf } from '../../kubelet/pprof.ts';
import { formatDuration } from '../../text/duration.ts';
import { type Access, findKubelet } from '../shared/fleet/find-kubelet.ts';
import type { FoundTargets } from '../shared/fleet/find-targets.ts';
import { printResponse } from '../shared/fleet/print-response.ts';
import { renderTiming } from '../shared/fleet/render-timing.ts';
import type { CurlRequest } from './options.ts';

/** Sends a request to one kubelet, and prints the response as it comes. */
export async function printOne(
  { targets: [only] }: FoundTargets,
  request: Request,
  curl: CurlRequest,
  reaching: Omit<Access, 'switches'>,
  { stdout, stderr, signal }: Context,
): Promise<number> {
  if (!only) return exitCodes.ok;
  const note = (text: string) => stderr.write(`note: ${text}\n`);
  const access = {
    ...reaching,
    switches: ({ message }: KubeletFailure) =>
      note(`${message}; calling it through the API server`),
  };
  const { timeoutMs, isTimeoutGiven } = curl;
  const limits = limitsFrom({
    timeoutMs,
    connectMs: undefined,
    maxTimeMs: isTimeoutGiven ? timeoutMs : undefined,
  });
  const kubelet = findKubelet(only, curl.target, access, limits);
  let start = performance.now();
  try {
    const response = await withRetries(
      () => {
        start = performance.now();
        return kubelet.send(request);
      },
      (answer) => answer,
      {
        times: curl.retries,
        limits,
        signal,
        ends: ({ ms, reason }) =>
          note(`${reason}; not retried: the response says to wait ${formatDuration(ms)}`),
        waits: ({ ms, attempt, reason }) =>
          note(`${reason}; retry ${attempt} of ${curl.retries} in ${formatDuration(ms)}`),
      },
    );
    return await printResponse(kubelet, request, response, {
      ...{ stdout, stderr, signal, showHeaders: curl.showHeaders },
      onlyText: isTerminal(stdout),
      profile: profileOf(request.path),
    }).finally(() => {
      if (!curl.timing) return;
      stderr.write(`${renderTiming(response.timing, performance.now() - start)}\n`);
    });
  } finally {
    kubelet.close();
  }
}
