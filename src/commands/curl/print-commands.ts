import { type KubeletInvocation, kubeletFlagsOf } from '../../cli/kubelets.ts';
import { exitCodes, formatError } from '../../errors.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import { addressOfNode } from '../../kube/kubelet/kubelet.ts';
import { KubeletFailure } from '../../kube/kubelet/kubelet-failure.ts';
import type { FoundTargets, Target } from './find-targets.ts';
import type { CurlRequest } from './options.ts';
import { kubeletServer, printerForApiServer, printerForKubelets } from './print-curl-commands.ts';

/** Prints for each kubelet, in a line of its own, the command by which curl sends the request. Nothing is sent. */
export async function printCommands(
  { sent, targets }: FoundTargets,
  request: CurlRequest,
  kubelets: KubeletAccess | undefined,
  connection: ApiConnection,
  invocation: KubeletInvocation,
): Promise<number> {
  const { context, globals } = invocation;
  const { stdout, stderr, cwd, env, signal } = context;
  const { method, headers, retries, printCurl, target: path } = request;
  const printing = {
    ...{ connection, cwd, env, signal, method, headers, retries },
    flags: kubeletFlagsOf(invocation),
    kubeconfig: globals.kubeconfig,
    withFiles: printCurl === 'files',
    data: request.data.map(({ flag, value }) => [flag, value] as const),
    options: optionsOf(request),
  };
  const printer = kubelets
    ? await printerForKubelets(printing, kubelets)
    : await printerForApiServer(printing);
  const destinationOf = ({ name, node = { metadata: { name } }, address }: Target) => {
    if (!kubelets)
      return { address: connection.address, path: `/api/v1/nodes/${name}/proxy${sent.path}` };
    const found = address ?? addressOfNode(node, path.types, path.port);
    return { address: kubeletServer(found), path: sent.path };
  };
  const notes = new Set<string>();
  let failed = 0;
  for (const target of targets)
    try {
      const printed = printer.line(destinationOf(target));
      stdout.write(`${printed.line}\n`);
      for (const note of printed.notes) notes.add(note);
    } catch (error) {
      if (!(error instanceof KubeletFailure) || targets.length === 1) throw error;
      stderr.write(formatError(error, false).text);
      failed += 1;
    }
  for (const note of notes) stderr.write(`note: ${note}\n`);
  if (failed === 0) return exitCodes.ok;
  return failed === targets.length ? exitCodes.error : exitCodes.someFailed;
}

/** In curl's words: its limits are in seconds. */
function optionsOf(request: CurlRequest): readonly string[] {
  const { compressed, showHeaders, method, connectMs, maxTimeMs } = request;
  const seconds = (flag: string, ms: number | undefined) =>
    ms === undefined ? [] : [flag, String(ms / 1000)];
  return [
    ...(compressed ? ['--compressed'] : []),
    ...(showHeaders && method !== 'HEAD' ? ['--include'] : []),
    ...seconds('--connect-timeout', connectMs),
    ...seconds('--max-time', maxTimeMs),
  ];
}
