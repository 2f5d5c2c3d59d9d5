import { finished } from 'node:stream/promises';
import { Failure, Interrupted } from '../../errors.ts';
import { denialAtEnd } from '../../kubelet/denial.ts';
import type { StreamStatus } from '../../objects.ts';
import type { Kubelet, Via } from '../kubelet-client/client.ts';
import { responseFailure } from '../kubelet-client/response-failure.ts';
import { openChannels, type ProcessStreams } from './channels.ts';
import { commandExitCode } from './frames.ts';
import { missingCommand } from './missing-command.ts';
import { loadLibraries, type Upgrade, UpgradeDenied, upgradeTo } from './open-web-socket.ts';
import { lostStream, StreamBroken } from './stream-broken.ts';

export interface RemoteCommand {
  readonly kind: 'exec' | 'attach';
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Empty for attach. */
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Feature that this command needs and kubelets before 1.36 do not have; undefined if it needs none. */
  readonly needs: keyof typeof older.cannot | undefined;
  /** Whether stdin of the command stays open after the input ends, even if the protocol can close it. */
  readonly keepsInputOpen: boolean;
}

interface Connecting extends Pick<Upgrade, 'signal' | 'limits'> {
  /** Minor version of the kubelet; undefined if unknown. */
  readonly minor?: number | undefined;
  /** Called when the connection is open, before the first output. */
  readonly opened?: (() => void) | undefined;
}

const newest = { protocol: 'v5.channel.k8s.io', since: 36 };

/** Protocol of older kubelets, and the features that it lacks. */
const older = {
  protocol: 'v4.channel.k8s.io',
  cannot: {
    'end of input': {
      error: 'it cannot tell a command that its input ends',
      why: 'nothing was started',
      hint: 'for a command that ends by itself, such as head -c 10: --leave-stdin-open',
    },
    // Older kubelets treat missing input as empty input. If a container has stdinOnce, the container runtime would then close its stdin.
    'no input': {
      error: 'it would end the standard input of the container',
      why: 'the container has stdinOnce: true, and nothing was attached to it',
      hint: 'to read what it prints: kubectl kubeletaccess logs POD -f',
    },
  },
} as const;

/**
 * Runs a command until it exits. Returns its exit code after all output is written. Throws Interrupted, or a Failure if there is no exit
 * code.
 */
export async function runRemotely(
  kubelet: Kubelet,
  remote: RemoteCommand,
  streams: ProcessStreams,
  { signal, limits, minor, opened }: Connecting,
): Promise<number> {
  const { Exec, Attach } = await loadLibraries();
  const protocols = [newest, ...(remote.needs ? [] : [older])].map(({ protocol }) => protocol);
  const open = async (asked: string) => {
    const path = streamPath(asked, kubelet.via);
    const socket = await upgradeTo(kubelet, { path, protocols, signal, limits });
    opened?.();
    return socket;
  };
  const { keepsInputOpen } = remote;
  const { ended, connect } = openChannels(open, streams, { signal, keepsInputOpen });
  const { namespace, pod, container, command, tty } = remote;
  const { stdin = null, stdout, stderr = null } = streams;
  const place = [namespace, pod].map(encodeURIComponent) as [string, string];
  const config = undefined as never;
  try {
    if (remote.kind === 'exec') {
      const exec = new Exec(config, { connect });
      await exec.exec(...place, container, [...command], stdout, stderr, stdin, tty);
    } else {
      const attach = new Attach(config, { connect });
      await attach.attach(...place, container, stdout, stderr, stdin, tty);
    }
    const status = await ended;
    return codeOf(status, kubelet, remote);
  } catch (error) {
    throw asFailure(error, kubelet, remote, minor);
  } finally {
    await flushed(streams, signal);
  }
}

function codeOf(status: StreamStatus, kubelet: Kubelet, remote: RemoteCommand): number {
  const { label } = kubelet;
  const { kind } = remote;
  const code = commandExitCode(status);
  if (code !== undefined) return code;
  const { message, reason = 'no reason' } = status;
  // If the API server itself accepts the WebSocket, it calls the kubelet by SPDY. Its final status then contains the kubelet's answer.
  const denial = denialAtEnd(message ?? '');
  if (denial !== undefined && kubelet.via === 'apiserver')
    throw responseFailure(
      kubelet,
      { method: 'POST', path: pathOf(remote) },
      { status: 403, text: denial },
    );
  const missing = kind === 'exec' ? missingCommand(remote, message ?? '') : undefined;
  if (missing) throw missing;
  const what = kind === 'exec' ? 'run the command' : 'attach';
  throw new Failure(`the ${label} could not ${what}: ${message ?? reason}`);
}

function asFailure(
  error: unknown,
  kubelet: Kubelet,
  remote: RemoteCommand,
  minor: number | undefined,
): unknown {
  if (error instanceof UpgradeDenied) return upgradeFailure(error, kubelet, remote, minor);
  if (!(error instanceof StreamBroken)) return error;
  const { label } = kubelet;
  const subject = remote.kind === 'exec' ? 'the command' : 'the container';
  if (error.isViolation)
    return new Failure(`the ${label} sent ${error.message}`, {
      cause: error,
      details: {
        why: `it does not keep to the protocol, so that how ${subject} ended is unknown`,
      },
    });
  return new Failure(
    `the connection to the ${label} ended before ${subject} did: ${error.message}`,
    {
      cause: error,
      details: { why: `${lostStream}; whether ${subject} still runs is unknown` },
      hints: ['kubectl kubeletaccess status'],
    },
  );
}

function upgradeFailure(
  { response }: UpgradeDenied,
  kubelet: Kubelet,
  remote: RemoteCommand,
  minor: number | undefined,
): Failure {
  // To an unknown subprotocol, kubelets respond with status 403 and an empty body. This is not a denial of permission.
  const mayBeOlder = kubelet.via === 'direct' && (minor === undefined || minor < newest.since);
  if (response.status === 403 && response.text === '' && remote.needs && mayBeOlder) {
    const { error, why, hint } = older.cannot[remote.needs];
    return new Failure(`the ${kubelet.label} does not speak ${newest.protocol}: ${error}`, {
      details: { why: `kubelets before 1.36 do not; ${why}` },
      hints: [
        // With --kubelet-address, the name of the node may be unknown. The API server calls kubelets only by node name.
        ...(kubelet.where.node === undefined ? [] : ['through the API server: --via apiserver']),
        hint.replace('POD', remote.pod),
      ],
    });
  }
  return responseFailure(kubelet, { method: 'GET', path: pathOf(remote) }, response);
}

function pathOf({ kind, namespace, pod }: RemoteCommand): string {
  return `/${kind}/${namespace}/${pod}`;
}

/** Writes all output that arrived, even if the connection broke off. */
async function flushed(streams: ProcessStreams, signal: AbortSignal): Promise<void> {
  const { stdin, stdout, stderr } = streams;
  stdin?.destroy();
  for (const sink of [stdout, stderr]) {
    if (!sink || sink.destroyed) continue;
    sink.end();
    // Ignores errors, because the program that reads the output may have exited.
    await finished(sink, { signal }).catch(() => {});
  }
  if (signal.aborted) throw new Interrupted();
}

/**
 * Names of the kubelet's query parameters, by the names that the API server uses. Source: k8s.io/kubelet/pkg/cri/streaming/remotecommand.
 */
const kubeletNames: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/**
 * Converts a path that @kubernetes/client-node requests into the kubelet's path, or into a path relative to the pod for the API server. The
 * requested path is `/api/v1/namespaces/NS/pods/POD/exec?container=C&stdout=true…`.
 */
function streamPath(path: string, via: Via): string {
  const { pathname, searchParams } = new URL(path, 'http://server');
  const [, , , , namespace, , pod, verb] = pathname.split('/');
  if (via === 'apiserver') {
    for (const name of Object.keys(kubeletNames))
      if (searchParams.get(name) !== 'true') searchParams.delete(name);
    return `/${verb}?${searchParams.toString()}`;
  }
  const query = new URLSearchParams();
  for (const [name, value] of searchParams) {
    const own = kubeletNames[name];
    if (own !== undefined && value === 'true') query.append(own, '1');
    if (name === 'command') query.append(name, value);
  }
  const container = encodeURIComponent(searchParams.get('container') ?? '');
  return `/${verb}/${namespace}/${pod}/${container}?${query.toString()}`;
}
