import { isTerminal } from '../../cli/is-terminal.ts';
import type { Context } from '../../context.ts';
import { exitCodes } from '../../errors.ts';
import type { KubeletFailure } from '../../kube/kubelet/kubelet-failure.ts';
import { withRetries } from '../../kube/kubelet/retry.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import { formatDuration } from '../../text/duration.ts';
import { type Access, findKubelet } from './find-kubelet.ts';
import type { FoundTargets } from './find-targets.ts';
import type { CurlRequest } from './options.ts';
import { printResponse } from './print-response.ts';
import { renderTiming } from './render-timing.ts';

/** Sends a request to one kubelet, and prints the response as it comes. */
export async function printOne(
  { sent, targets: [only] }: FoundTargets,
  request: CurlRequest,
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
  const limits = limitsFrom(request);
  const kubelet = findKubelet(only, request.target, access, limits);
  let start = performance.now();
  try {
    const response = await withRetries(
      () => {
        start = performance.now();
        return kubelet.send(sent);
      },
      (answer) => answer,
      {
        times: request.retries,
        limits,
        signal,
        ends: ({ ms, reason }) =>
          note(`${reason}; not retried: the response says to wait ${formatDuration(ms)}`),
        waits: ({ ms, attempt, reason }) =>
          note(`${reason}; retry ${attempt} of ${request.retries} in ${formatDuration(ms)}`),
      },
    );
    return await printResponse(kubelet, sent, response, {
      ...{ stdout, stderr, signal, showHeaders: request.showHeaders },
      onlyText: isTerminal(stdout) && !request.forceTerminal,
    }).finally(() => {
      if (!request.timing) return;
      stderr.write(`${renderTiming(response.timing, performance.now() - start)}\n`);
    });
  } finally {
    kubelet.close();
  }
}
