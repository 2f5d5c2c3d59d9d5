import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { isTerminal, writeOutput } from '../../../cli/write-output.ts';
import type { Context } from '../../../context.ts';
import { Failure, Interrupted, orFailure } from '../../../errors.ts';
import type { Streams } from '../../../kube/streams/channels.ts';
import { loadLibraries } from '../../../kube/streams/load.ts';
import { runRemotely } from '../../../kube/streams/remote-command.ts';
import {
  enterRawMode,
  type Input,
  inputFrom,
  outputTo,
  sizedAs,
  writeWithoutWaiting,
} from '../../../kube/streams/terminal.ts';
import type { Pod } from '../../../objects.ts';
import { withAudit } from './audit-line.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import type { StreamTarget } from './target.ts';

/** What runs in the container, and what it is connected to. */
export interface StreamRequest {
  readonly kind: 'exec' | 'attach';
  readonly target: StreamTarget;
  /** Empty to attach. */
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Whether the command is not told when its input ends. */
  readonly keepStdinOpen: boolean;
}

/** Connects the streams of this process to a container, and returns the exit code of what runs there. */
export async function printStream(
  request: StreamRequest,
  invocation: KubeletInvocation,
): Promise<number> {
  const { kind, command, target } = request;
  const finding = findContainer(target, invocation, { ownStdin: request.stdin, verb: kind });
  // Evaluated while others answer.
  const [found] = await Promise.all([finding, loadLibraries()]);
  try {
    const container = found.container();
    const { kubelet, namespace, pod } = found;
    const audited = {
      ...{ verb: kind, container, pod: `${namespace}/${pod}`, kubelet: kubelet.label, command },
    };
    return await withAudit(audited, invocation, async () => {
      const code = await connected(request, invocation.context, (streams, how) =>
        runRemotely(
          kubelet,
          {
            ...{ kind, namespace, pod, container, command, tty: how.tty },
            endsInput: request.stdin && !how.tty && !request.keepStdinOpen,
            keepsInputOpen: request.keepStdinOpen,
          },
          streams,
          { ...how, limits: found.limits, minor: found.minor },
        ),
      );
      return kind === 'attach' && code === 0
        ? await codeOfContainer(found, container, invocation.context.signal)
        : code;
    });
  } finally {
    found.close();
  }
}

/** In ms, until a kubelet has noticed that a container ended: it looks every second. */
const noticedMs = 3000;

/**
 * The exit code of a container that has just ended, as its status has it: a kubelet tells who is attached only that it ended. 0 if
 * the status does not say so, or may not be read.
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
  /** Called once there is a remote side that takes keys. */
  readonly opened: () => void;
}

/** Runs with the streams of this process, and leaves its terminal as it was. */
async function connected(
  { stdin: hasInput, tty: wantsTerminal }: StreamRequest,
  context: Context,
  run: (streams: Streams, how: Connecting) => Promise<number>,
): Promise<number> {
  const { stdout, stderr, signal } = context;
  const tty = wantsTerminal && hasInput && isTerminal(context.stdin);
  // As kubectl: scripts have -it as well.
  if (wantsTerminal && !tty)
    stderr.write(
      `note: no terminal is made: ${hasInput ? 'standard input is not a terminal' : '-t needs -i'}\n`,
    );
  const input = hasInput ? inputFrom(context.stdin) : undefined;
  const both = input ? AbortSignal.any([signal, input.failed]) : signal;
  const sink = (stream: typeof stdout) =>
    outputTo(async (chunk) => {
      if (!both.aborted) await writeOutput({ stdout: stream, signal: both }, chunk);
    });
  const out = sink(stdout);
  const streams: Streams = {
    stdin: input?.stream,
    stdout: tty && isTerminal(stdout) ? sizedAs(out, stdout as never) : out,
    stderr: tty ? undefined : sink(stderr),
  };
  let restore = () => {};
  // Until then, Ctrl-C is for this process.
  const opened = () => {
    if (!tty) return;
    restore = enterRawMode(context.stdin);
    for (const output of [stdout, stderr]) if (isTerminal(output)) writeWithoutWaiting(output);
  };
  try {
    return await run(streams, { signal: both, tty, opened });
  } catch (error) {
    throw reasonOf(error, input);
  } finally {
    restore();
    input?.release();
  }
}

/** What cannot be read ends the connection, as an interrupt does. */
function reasonOf(error: unknown, input: Input | undefined): unknown {
  return error instanceof Interrupted && input?.failed.aborted ? input.failed.reason : error;
}
