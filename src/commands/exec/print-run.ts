import { isGiven } from '../../cli/argv.ts';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { writeOutput } from '../../cli/write-output.ts';
import type { Context } from '../../context.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { readPieces } from '../../kube/kubelet-client/read-chunks.ts';
import { responseFailure } from '../../kube/kubelet-client/response-failure.ts';
import { missingCommand } from '../../kube/streams/missing-command.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { type Limits, limitsFrom } from '../../kube/transport/limits.ts';
import type { TextResponse } from '../../kube/transport/transport.ts';
import { formatDuration, longestMs } from '../../text/duration.ts';
import { withAudit } from '../shared/stream/audit-line.ts';
import type { ContainerChoice } from '../shared/stream/container-choice.ts';
import { findContainer } from '../shared/stream/find-container.ts';

/** Limit in bytes of the response to a failed command: container runtimes limit the output of a command to 16 MiB. */
const longestFailure = 17 * 1024 * 1024;

export async function printRun(
  chosen: ContainerChoice,
  command: readonly string[],
  invocation: KubeletInvocation,
): Promise<number> {
  const { context } = invocation;
  const { stdout, signal } = context;
  const query = runQuery(command);
  // By default there is no limit, because a kubelet answers only when the command has ended.
  const timeoutMs = isGiven(invocation.given, '--timeout') ? chosen.timeoutMs : longestMs;
  const limits = limitsFrom(timeoutMs);
  using found = await findContainer(chosen, invocation, {
    ...{ ownStdin: false, verb: 'run', afterwards: limits, isOfPod: false },
  });
  const { namespace, pod, kubelet } = found;
  const container = found.container();
  const place = [namespace, pod, container].map(encodeURIComponent).join('/');
  const request = { method: 'POST', path: `/run/${place}?${query}` };
  const run = async () => {
    const response = await kubelet.send(request);
    if (response.status >= 400) {
      const text = await kubelet.read(response, longestFailure);
      const failed = response.status === 500 ? readFailedRun(command, text.text) : undefined;
      if (!failed)
        throw (
          missingCommand({ namespace, pod, container, command }, text.text) ??
          responseFailure(kubelet, request, text)
        );
      await writeFailed(failed.stderr, text, context);
      return failed.code;
    }
    if (response.status !== 200) {
      response.body.destroy();
      const message = `the ${kubelet.label} answered with ${response.status}, which no command that ran is answered with`;
      throw new KubeletFailure(message, { why: 'unknown', status: response.status });
    }
    const pieces = readPieces(kubelet, response, {
      ...{ idleMs: longestMs, totalMs: limits.responseMs, signal },
    });
    for await (const piece of pieces) await writeOutput({ stdout, signal }, piece.now);
    return exitCodes.ok;
  };
  return await withAudit({ ...found, verb: 'run', container, command }, invocation, () =>
    run().catch((error: unknown) => {
      throw explainTimeout(error, kubelet, limits);
    }),
  );
}

/** Kubelets do not return the standard output of a failed command. */
async function writeFailed(
  text: string,
  { cut = false }: TextResponse,
  { stderr, signal }: Context,
): Promise<void> {
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  await writeOutput({ stdout: stderr, signal }, text + end);
  if (cut) stderr.write(`warning: standard error is cut at ${longestFailure / 1024 / 1024} MiB\n`);
  stderr.write(
    'note: of a command that fails, a kubelet gives standard error only; for both: kubectl kubeletaccess exec, without --no-upgrade\n',
  );
}

/** Explains that the command may still run: after a timeout, this depends on the kubelet and its container runtime. */
function explainTimeout(error: unknown, { label }: Kubelet, limits: Limits): unknown {
  const { cause } = error instanceof Failure ? error : {};
  if (!(cause instanceof TransportError) || cause.code !== 'timeout') return error;
  if (!cause.isSent) return error;
  const limit = formatDuration(limits.responseMs);
  return new Failure(`the command did not end within ${limit} by the ${label}`, {
    cause,
    details: {
      why: 'it takes longer than --timeout, or the kubelet does not answer. It may still run',
    },
    hints: ['without --timeout, it has no time limit'],
  });
}

/** Throws for a word that is empty or contains a space, because a kubelet splits the command at each space. */
function runQuery(command: readonly string[]): string {
  const split = command.find((word) => word === '' || word.includes(' '));
  if (split !== undefined)
    throw new UsageFailure(
      `a kubelet splits the command of /run at each space, and "${split}" ${split === '' ? 'is empty' : 'has one'}`,
      { hints: ['without --no-upgrade, exec keeps words as they are'] },
    );
  return `cmd=${encodeURIComponent(command.join(' '))}`;
}

/** Reads exit code and standard error from the body of a 500; undefined if the kubelet ran no command. */
function readFailedRun(
  command: readonly string[],
  body: string,
): { readonly code: number; readonly stderr: string } | undefined {
  const start = `command '${command.join(' ')}' exited with `;
  if (!body.startsWith(start)) return undefined;
  const [whole, code] = /^(\d{1,10}): /.exec(body.slice(start.length)) ?? [];
  if (whole === undefined || Number(code) === 0) return undefined;
  return { code: Math.min(Number(code), 255), stderr: body.slice(start.length + whole.length) };
}
