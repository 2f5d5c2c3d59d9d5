import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { isTerminal, writeOutput } from '../../../cli/write-output.ts';
import type { Context } from '../../../context.ts';
import { Failure, Interrupted, orFailure } from '../../../errors.ts';
import type { ProcessStreams } from '../../../kube/streams/channels.ts';
import { loadLibraries } from '../../../kube/streams/open-web-socket.ts';
import { type RemoteCommand, runRemotely } from '../../../kube/streams/remote-command.ts';
import {
  enterRawMode,
  inputFrom,
  outputTo,
  silentInput,
  sizedAs,
  writeWithoutWaiting,
} from '../../../kube/streams/terminal.ts';
import type { Pod } from '../../../objects.ts';
import { command } from '../../../text/command.ts';
import { containerOf } from '../pod/choose-container.ts';
import { withAudit } from './audit-line.ts';
import type { ContainerChoice } from './container-choice.ts';
import { type FoundContainer, findContainer } from './find-container.ts';

export interface StreamSettings {
  readonly kind: 'exec' | 'attach';
  readonly chosen: ContainerChoice;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Whether the input of the command stays open after standard input has ended. */
  readonly leaveStdinOpen: boolean;
}

/** Returns the exit code of the process in the container. */
export async function printStream(
  settings: StreamSettings,
  invocation: KubeletInvocation,
): Promise<number> {
  const { kind, command, chosen } = settings;
  const search = { ownStdin: settings.stdin, verb: kind, isOfPod: true };
  const finding = findContainer(chosen, invocation, search);
  // Loads the libraries while servers answer.
  const [opened] = await Promise.all([finding, loadLibraries()]);
  using found = opened;
  const container = found.container();
  const { kubelet, namespace, pod, object } = found;
  checkRuns(object, kind);
  return await withAudit({ ...found, verb: kind, container, command }, invocation, async () => {
    const own = kind === 'attach' ? containerOf(object, container) : undefined;
    const code = await connected(settings, own, invocation.context, (streams, how) =>
      runRemotely(
        kubelet,
        {
          ...{ kind, namespace, pod, container, command, tty: how.tty },
          needs: needsOf(settings, own, how.tty),
          keepsInputOpen: settings.leaveStdinOpen || !settings.stdin,
        },
        streams,
        { ...how, limits: found.limits, minor: found.minor },
      ),
    );
    return kind === 'attach' && code === 0
      ? await codeOfContainer(found, container, invocation.context.signal)
      : code;
  });
}

/** Like kubectl, throws a Failure if the pod has ended. A kubelet would only say that it does not find the container. */
function checkRuns({ metadata: { name, namespace }, status }: Pod, kind: StreamSettings['kind']) {
  const phase = status?.phase ?? '';
  if (!['Succeeded', 'Failed'].includes(phase)) return;
  const what = kind === 'exec' ? 'runs no command any more' : 'cannot be attached to any more';
  throw new Failure(`pod ${namespace}/${name} has ended (${phase}), and ${what}`, {
    hints: [command`kubectl kubeletaccess logs ${`${namespace}/${name}`}`],
  });
}

/** Stream settings of the container, which limit attach; undefined for exec. */
type Own = Pick<NonNullable<ReturnType<typeof containerOf>>, 'stdin' | 'stdinOnce' | 'tty'>;

function needsOf(
  { stdin, leaveStdinOpen }: StreamSettings,
  own: Own | undefined,
  tty: boolean,
): RemoteCommand['needs'] {
  if (tty) return undefined;
  if (stdin) return leaveStdinOpen ? undefined : 'end of input';
  return own && isOpenOnce(own) ? 'no input' : undefined;
}

/** Whether the runtime closes the input of the container when the first client leaves. */
function isOpenOnce({ stdin = false, stdinOnce = false, tty = false }: Own): boolean {
  return stdin && stdinOnce && !tty;
}

/** Time in ms within which a kubelet notices that a container has ended. It checks every second. */
const noticedMs = 3000;

/**
 * A kubelet does not send an attached client the exit code, so it is read from the status of the pod. Returns 0 if the status has no exit
 * code or cannot be read.
 */
async function codeOfContainer(
  { object, again }: FoundContainer,
  container: string,
  signal: AbortSignal,
): Promise<number> {
  const endOf = ({ status }: Pod) => {
    const own = status?.containerStatuses?.find(({ name }) => name === container);
    return own?.state?.terminated ?? own?.lastState?.terminated;
  };
  const before = endOf(object)?.finishedAt;
  const last = performance.now() + noticedMs;
  while (performance.now() < last && !signal.aborted) {
    const pod = await orFailure(again());
    if (pod instanceof Failure || !pod.status?.containerStatuses) return 0;
    const end = endOf(pod);
    if (end && end.finishedAt !== before) return Math.min(Math.max(end.exitCode, 0), 255);
    await sleep(250, undefined, { signal }).catch(() => {});
  }
  return 0;
}

interface Connecting {
  readonly signal: AbortSignal;
  readonly tty: boolean;
  /** Called when the connection is open. From then on, typed keys go to the process in the container. */
  readonly opened: () => void;
}

/** Restores the terminal of this process at the end. */
async function connected(
  { stdin: hasInput, tty: wantsTerminal }: StreamSettings,
  own: Own | undefined,
  context: Context,
  run: (streams: ProcessStreams, how: Connecting) => Promise<number>,
): Promise<number> {
  const { stdout, stderr, signal } = context;
  const obstacle = obstacleOf(hasInput, isTerminal(context.stdin), own);
  const isRaw = wantsTerminal && obstacle === undefined;
  // As in kubectl, a missing terminal is not an error, because scripts use -it without a terminal.
  if (wantsTerminal && !isRaw) stderr.write(`note: no terminal is made: ${obstacle}\n`);
  const tty = own ? own.tty === true : isRaw;
  const input = hasInput ? inputFrom(context.stdin) : undefined;
  const both = input ? AbortSignal.any([signal, input.failed]) : signal;
  const sink = (stream: typeof stdout) =>
    outputTo(async (chunk) => {
      if (!both.aborted) await writeOutput({ stdout: stream, signal: both }, chunk);
    });
  const out = sink(stdout);
  const streams: ProcessStreams = {
    stdin: input?.stream ?? (own?.stdin && !isOpenOnce(own) ? silentInput() : undefined),
    stdout: isRaw && isTerminal(stdout) ? sizedAs(out, stdout as never) : out,
    stderr: tty ? undefined : sink(stderr),
  };
  let restore = () => {};
  // The terminal enters raw mode only now: until then, Ctrl-C must interrupt this process.
  const opened = () => {
    if (!isRaw) return;
    restore = enterRawMode(context.stdin);
    for (const output of [stdout, stderr]) if (isTerminal(output)) writeWithoutWaiting(output);
  };
  try {
    return await run(streams, { signal: both, tty, opened });
  } catch (error) {
    // If the input cannot be read, the connection is aborted as by an interrupt. Then the error of the input is thrown.
    throw error instanceof Interrupted && input?.failed.aborted ? input.failed.reason : error;
  } finally {
    restore();
    input?.release();
  }
}

function obstacleOf(
  hasInput: boolean,
  isTerminalInput: boolean,
  own: Own | undefined,
): string | undefined {
  if (!hasInput) return '-t needs -i';
  if (!isTerminalInput) return 'standard input is not a terminal';
  return own && !own.tty ? 'the container has none (tty: true)' : undefined;
}
