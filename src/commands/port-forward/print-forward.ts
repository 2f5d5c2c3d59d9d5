import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { Failure, formatError, Interrupted } from '../../errors.ts';
import {
  ClosedInSilence,
  forwardConnection,
  PortFailed,
} from '../../kube/streams/forward-connection.ts';
import {
  type Client,
  isLoopback,
  type Listening,
  type LocalAddress,
  listenLocally,
} from '../../kube/streams/listen.ts';
import { checkPortForward, openPort } from '../../kube/streams/open-port.ts';
import { lostStream, StreamBroken } from '../../kube/streams/stream-broken.ts';
import { onAbort } from '../../kube/within.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { audit, describeEnd } from '../shared/stream/audit-line.ts';
import type { ContainerChoice } from '../shared/stream/container-choice.ts';
import { type FoundContainer, findContainer } from '../shared/stream/find-container.ts';
import { type ForwardedPort, type PortChoice, resolvePorts } from './ports.ts';

export interface ForwardSettings {
  readonly chosen: ContainerChoice;
  readonly ports: readonly PortChoice[];
  readonly addresses: readonly LocalAddress[];
}

/** After its client has ended its side, a connection is closed if the pod sends nothing for this many ms. kubectl waits 1 s. */
const silenceMs = 10_000;

/** Forwards until an interrupt. Prints an error for a failed connection, and keeps the other connections. */
export async function printForward(
  { chosen, ports, addresses }: ForwardSettings,
  invocation: KubeletInvocation,
): Promise<never> {
  const { stdout, stderr, signal } = invocation.context;
  const finding = { ownStdin: false, verb: 'portForward', isOfPod: true };
  using found = await findContainer(chosen, invocation, finding);
  const listening: Listening[] = [];
  const auditPorts = (ended?: string) => {
    // Before the ports are resolved, nothing was sent to the pod, so there is nothing to record.
    if (resolved.length === 0) return;
    const command = resolved.map(({ local, remote }, index) => {
      const chosen = listening[index]?.port ?? local;
      return `${chosen === 0 ? '' : chosen}:${remote}`;
    });
    audit(invocation, { ...found, verb: 'port-forward', container: '', command }, ended);
  };
  let resolved: readonly ForwardedPort[] = [];
  try {
    resolved = resolvePorts(ports, found.object);
    await checkPortForward(found.kubelet, found, { signal, limits: found.limits });
    const forward = forwarder(found, invocation);
    for (const { local, remote } of resolved) {
      // A client may connect before `listening` contains the port.
      const connected = (client: Client) =>
        forward(client, { local: client.localPort ?? local, remote });
      listening.push(await listenLocally(addresses, local, connected));
    }
    auditPorts();
    for (const [index, { hosts, port }] of listening.entries())
      for (const host of hosts)
        stdout.write(
          `Forwarding from ${formatHostPort({ host, port })} -> ${resolved[index]?.remote}\n`,
        );
    warnOfOthers(listening, stderr);
    await new Promise<void>((resolve) => {
      onAbort(signal, resolve);
    });
    throw new Interrupted();
  } catch (error) {
    auditPorts(describeEnd(error));
    throw error;
  } finally {
    for (const listener of listening) listener.close();
  }
}

/** Warns about addresses that are not loopback: hosts that can connect to them get the user's access to the pod. */
function warnOfOthers(
  listening: readonly Listening[],
  stderr: { write(text: string): unknown },
): void {
  const open = new Set(listening.flatMap(({ hosts }) => hosts.filter((host) => !isLoopback(host))));
  if (open.size === 0) return;
  stderr.write(
    `warning: any host that reaches ${[...open].join(', ')} of this machine reaches the pod, without a credential\n`,
  );
}

function forwarder(
  { kubelet, namespace, pod, limits }: FoundContainer,
  { context, globals }: KubeletInvocation,
): (client: Client, port: ForwardedPort) => void {
  const { stdout, stderr, signal } = context;
  const forward = async (client: Client, { local, remote }: ForwardedPort) => {
    // Ignores errors of the client until forwardConnection handles them.
    client.on('error', () => {});
    stdout.write(`Handling connection for ${local}\n`);
    try {
      const opened = await openPort(kubelet, { namespace, pod }, remote, { signal, limits });
      await forwardConnection(client, opened, { port: remote, silenceMs, signal });
    } catch (error) {
      client.resetAndDestroy();
      const isVerbose = Number(globals.verbosity) > 0;
      if (error instanceof Interrupted) return;
      // A client that closes an idle keep-alive connection ends it in this way. This is no failure, so no error is printed.
      if (error instanceof ClosedInSilence && !error.isAwaited && !isVerbose) return;
      const connection = { local, remote, pod: `${namespace}/${pod}` };
      const failure = asFailure(error, connection, kubelet.label);
      stderr.write(formatError(failure, isVerbose).text);
    }
  };
  return (client, port) => void forward(client, port);
}

function asFailure(
  error: unknown,
  { local, remote, pod }: ForwardedPort & { readonly pod: string },
  kubelet: string,
): unknown {
  const title = `a connection for ${local} to port ${remote} of pod ${pod}`;
  const failure = (message: string, why: string, hints: readonly string[] = []) =>
    new Failure(message, { cause: error, details: { why }, hints });
  if (error instanceof ClosedInSilence)
    return failure(
      `closed ${title}: the client ended its side, and the pod was silent for ${silenceMs / 1000} s`,
      'kubelets cannot close one direction; the pod has all that the client sent, and the client sees a reset, as the pod may have had more to send',
      ['let the client keep its side open until it has its answer, as nc does without -N'],
    );
  if (error instanceof PortFailed)
    return /connection refused/i.test(error.message)
      ? failure(
          `cannot forward ${title}: connection refused`,
          `nothing listens on localhost:${remote} in pod ${pod}`,
        )
      : failure(
          `cannot forward ${title}: ${withoutFrame(error.message)}`,
          'the connection inside the pod failed; the client may lack what came last',
        );
  if (!(error instanceof StreamBroken)) return error;
  return error.isViolation
    ? failure(
        `the ${kubelet} sent ${error.message}`,
        `it does not keep to the protocol; ${title} is closed`,
      )
    : failure(
        `lost ${title} by the ${kubelet}: ${error.message}`,
        `${lostStream}, or the pod closed while the client sent; the client may lack what came last`,
      );
}

/** Removes the ids of the pod sandbox and network namespace, which containerd and CRI-O write before the error itself. */
function withoutFrame(words: string): string {
  return words
    .replace(/^error forwarding port \d+ to pod \S+, uid \S*: /, '')
    .replace(/^failed to execute portforward in network namespace "[^"]*": /, '');
}
