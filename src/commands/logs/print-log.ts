import { isTerminal } from '../../cli/is-terminal.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { openViaApiServer } from '../../kube/kubelet-client/client.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import { longestMs } from '../../text/duration.ts';
import { printResponse } from '../shared/fleet/print-response.ts';
import { findContainer } from '../shared/stream/find-container.ts';
import type { StreamTarget } from '../shared/stream/target.ts';

/** What a command line asks for. */
export interface LogsRequest {
  readonly target: StreamTarget;
  /** Of the request; empty for the whole log. */
  readonly query: string;
  readonly follow: boolean;
}

/** Prints the log of a container as it comes. */
export async function printLog(
  { target, query, follow }: LogsRequest,
  invocation: KubeletInvocation,
): Promise<number> {
  const { stdout, stderr, signal } = invocation.context;
  // A container may be quiet for as long as it likes, and its kubelet does not answer before it writes.
  const timeoutMs = follow ? longestMs : target.timeoutMs;
  const afterwards = limitsFrom({ timeoutMs, connectMs: undefined, maxTimeMs: undefined });
  const verb = 'containerLogs';
  const found = await findContainer(target, invocation, { ownStdin: false, verb, afterwards });
  try {
    const { namespace, pod, node, apiServer } = found;
    const kubelet =
      target.via === 'apiserver' && node !== undefined
        ? openViaApiServer(node, apiServer, afterwards)
        : found.kubelet;
    const place = [namespace, pod, found.container()].map(encodeURIComponent).join('/');
    const path = `/${verb}/${place}${query === '' ? '' : `?${query}`}`;
    const request = { method: 'GET', path };
    const code = await printResponse(kubelet, request, await kubelet.send(request), {
      ...{ stdout, stderr, signal, showHeaders: false },
      onlyText: isTerminal(stdout),
    });
    if (follow) stderr.write('note: the log ended: its container has exited, or was replaced\n');
    return code;
  } finally {
    found.close();
  }
}
