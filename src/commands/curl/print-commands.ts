import type { GivenOption } from '../../cli/argv.ts';
import { type KubeletInvocation, kubeletFlagsOf } from '../../cli/kubelets.ts';
import { exitCodes, formatError, UsageFailure } from '../../errors.ts';
import { addressOfNode } from '../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import type { Target } from '../shared/fleet/find-targets.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import type { CurlRequest } from './options.ts';
import { kubeletServer, printerForApiServer, printerForKubelets } from './print-curl-commands.ts';

/** Prints for each kubelet, in a line of its own, the command by which curl sends the request. Nothing is sent. */
export async function printCommands(
  request: CurlRequest,
  invocation: KubeletInvocation,
): Promise<number> {
  rejectUnprintable(invocation.given);
  const { target } = request;
  return withFleet(invocation, { target, request, mayUseCache: false }, (fleet) =>
    printFound(request, fleet, invocation),
  );
}

async function printFound(
  request: CurlRequest,
  { found: { targets }, access: { kubelets }, connection }: OpenFleet,
  invocation: KubeletInvocation,
): Promise<number> {
  const { context, globals } = invocation;
  const { stdout, stderr, cwd, env, signal } = context;
  const { method, headers, retries, target: path } = request;
  const printing = {
    ...{ connection, cwd, env, signal, method, headers, retries },
    flags: kubeletFlagsOf(invocation),
    kubeconfig: globals.kubeconfig,
    data: request.data,
    options: optionsOf(request),
  };
  const printer = kubelets
    ? await printerForKubelets(printing, kubelets)
    : await printerForApiServer(printing);
  const destinationOf = ({ name, node = { metadata: { name } }, address }: Target) => {
    if (!kubelets)
      return { address: connection.address, path: `/api/v1/nodes/${name}/proxy${request.path}` };
    const found = address ?? addressOfNode(node, path.types, path.port);
    return { address: kubeletServer(found), path: request.path };
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
  const { showHeaders, method, timeoutMs, isTimeoutGiven } = request;
  return [
    ...(showHeaders && method !== 'HEAD' ? ['--include'] : []),
    ...(isTimeoutGiven ? ['--max-time', String(timeoutMs / 1000)] : []),
  ];
}

const responseAlone = 'the printed command prints the response alone';
const fingerprints = 'curl does not compare fingerprints of certificates';

/** Options whose effect no command of curl has, and what does it instead. */
const unprintable: Readonly<Record<string, readonly [why: string, hint?: string]>> = {
  '--kubelet-fingerprint': [fingerprints],
  '--kubelet-trust': [fingerprints],
  '--parallel': ['each command sends one request by itself'],
  '--output': [responseAlone],
  '--output-dir': [responseAlone],
  '--timing': [responseAlone, "append to the printed command: -w '%{time_total}'"],
  '--as-serviceaccount': [
    'the printed command needs a token that lasts',
    'kubectl create token NAME -n NAMESPACE > FILE, and --kubelet-token-file FILE',
  ],
};

function rejectUnprintable(given: readonly GivenOption[]): void {
  for (const { option, value } of given) {
    // It is what the printed command does.
    if (option.name === '--output' && value === 'raw') continue;
    const [why, hint] = unprintable[option.name] ?? [];
    if (why !== undefined)
      throw new UsageFailure(`${option.name} and --print-curl cannot be used together: ${why}`, {
        hints: hint === undefined ? [] : [hint],
      });
  }
}
