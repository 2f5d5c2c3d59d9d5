import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { writeOutput } from '../../cli/write-output.ts';
import { exitCodes } from '../../errors.ts';
import { answerFailure } from '../../kube/kubelet/answer-failure.ts';
import { openViaApiServer } from '../../kube/kubelet/kubelet.ts';
import { longestMs } from '../../text/duration.ts';
import { auditLine } from '../stream/audit-line.ts';
import { findContainer } from '../stream/find-container.ts';
import type { StreamTarget } from '../stream/target.ts';
import { readFailedRun, runQuery } from './plan.ts';

/** In bytes: a kubelet holds the output of a command, and cuts what the runtime gives it at 16 MiB. */
const longestOutput = 64 * 1024 * 1024;

/** Runs a command by a request alone, and returns its exit code. */
export async function printRun(
  target: StreamTarget,
  command: readonly string[],
  invocation: KubeletInvocation,
): Promise<number> {
  const { stdout, stderr, signal } = invocation.context;
  const query = runQuery(command);
  // It answers when the command has ended.
  const patient = { ...target, timeoutMs: target.timeoutMs ?? longestMs };
  const found = await findContainer(patient, invocation, { ownStdin: false, verb: 'run' });
  try {
    const { namespace, pod, node, limits, apiServer } = found;
    const container = found.container();
    const kubelet =
      target.via === 'apiserver' && node !== undefined
        ? openViaApiServer(node, apiServer, limits)
        : found.kubelet;
    const audited = {
      ...{ verb: 'run', container, pod: `${namespace}/${pod}`, kubelet: kubelet.label, command },
    };
    const audit = (ended?: string) => {
      if (Number(invocation.globals.verbosity) > 0)
        stderr.write(auditLine(new Date(), audited, ended));
    };
    audit();
    const place = [namespace, pod, container].map(encodeURIComponent).join('/');
    const request = { method: 'POST', path: `/run/${place}?${query}` };
    const answer = await kubelet.read(await kubelet.send(request), longestOutput);
    const failed = answer.status === 500 ? readFailedRun(command, answer.text) : undefined;
    if (answer.status >= 400 && !failed) throw answerFailure(kubelet, request, answer);
    const code = failed?.code ?? exitCodes.ok;
    await writeOutput({ stdout, signal }, failed?.output ?? answer.text);
    if (answer.cut) stderr.write(`warning: the output is cut at ${longestOutput} bytes\n`);
    audit(`exit code ${code}`);
    return code;
  } finally {
    found.close();
  }
}
