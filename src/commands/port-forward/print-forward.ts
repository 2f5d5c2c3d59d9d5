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
import { StreamBroken } from '../../kube/streams/stream-broken.ts';
import { onAbort } from '../../kube/within.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { type Audited, audit, endBy } from '../shared/stream/audit-line.ts';
import { type FoundContainer, findContainer, openStream } from '../shared/stream/find-container.ts';
import type { StreamTarget } from '../shared/stream/target.ts';
import {
  type ClientConnection,
  lostFailure,
  portFailure,
  silenceFailure,
  violationFailure,
} from './describe-failure.ts';
import { type ForwardedPort, type PortChoice, resolvePorts } from './ports.ts';

export interface ForwardRequest {
  readonly target: StreamTarget;
  readonly ports: readonly PortChoice[];
  readonly addresses: readonly LocalAddress[];
}

/** In ms, how long a pod is silent after a client has sent all, before it is told. kubectl waits for 1 s. */
const silenceMs = 10_000;

/** Forwards until an interrupt. What goes wrong with one connection is printed, and ends that one. */
export async function printForward(
  { target, ports, addresses }: ForwardRequest,
  invocation: KubeletInvocation,
): Promise<never> {
  const { stdout, stderr, signal } = invocation.context;
  const finding = { ownStdin: false, verb: 'portForward', open: openStream };
  const found = await findContainer(target, invocation, finding);
  const listening: Listening[] = [];
  const auditPorts = (ended?: string) => {
    // Nothing was asked of a pod before the ports are known.
    if (resolved.length > 0) audit(invocation, auditedOf(found, resolved, listening), ended);
  };
  let resolved: readonly ForwardedPort[] = [];
  try {
    resolved = resolvePorts(ports, found.object);
    await checkPortForward(found.kubelet, found, { signal, limits: found.limits });
    const forward = forwarder(found, invocation);
    for (const { local, remote } of resolved) {
      // A client may come before all addresses are listened on.
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
    auditPorts(endBy(error));
    throw error;
  } finally {
    for (const listener of listening) listener.close();
    found.close();
  }
}

function auditedOf(
  { kubelet, namespace, pod }: FoundContainer,
  ports: readonly ForwardedPort[],
  listening: readonly Listening[],
): Audited {
  const command = ports.map(({ local, remote }, index) => {
    const chosen = listening[index]?.port ?? local;
    return `${chosen === 0 ? '' : chosen}:${remote}`;
  });
  const place = { pod: `${namespace}/${pod}`, kubelet: kubelet.label };
  return { verb: 'port-forward', container: '', ...place, command };
}

/** Everyone who reaches the address gets the caller's access. */
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
    // Until it is connected, nobody else listens.
    client.on('error', () => {});
    stdout.write(`Handling connection for ${local}\n`);
    try {
      const opened = await openPort(kubelet, { namespace, pod }, remote, { signal, limits });
      await forwardConnection(client, opened, { port: remote, silenceMs, signal });
    } catch (error) {
      client.resetAndDestroy();
      const isVerbose = Number(globals.verbosity) > 0;
      if (error instanceof Interrupted) return;
      // A program that keeps its connection for a next request, and closes it in the end, ends so.
      if (error instanceof ClosedInSilence && !error.isAwaited && !isVerbose) return;
      const connection = { local, remote, pod: `${namespace}/${pod}` };
      const failure = asFailure(error, connection, kubelet.label);
      stderr.write(formatError(failure, isVerbose).text);
    }
  };
  return (client, port) => void forward(client, port);
}

function asFailure(error: unknown, connection: ClientConnection, kubelet: string): unknown {
  if (error instanceof Failure) return error;
  if (error instanceof ClosedInSilence) return silenceFailure(connection, silenceMs);
  if (error instanceof PortFailed) return portFailure(error.message, connection);
  if (!(error instanceof StreamBroken)) return error;
  const failure = error.isViolation ? violationFailure : lostFailure;
  return failure(error.message, connection, kubelet, error);
}
