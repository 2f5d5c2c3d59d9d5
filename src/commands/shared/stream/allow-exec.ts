import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { rerunCommand } from '../../../cli/rerun-command.ts';
import { UsageFailure } from '../../../errors.ts';
import type { ContainerChoice } from './container-choice.ts';

/** Environment variable that replaces --allow-exec in all commands of a shell. */
const allowed = 'KUBELETACCESS_ALLOW_EXEC';

interface Given extends Pick<ClusterCommand, 'given' | 'context'> {
  readonly allowExec: boolean;
}

/** Throws a UsageFailure if --allow-exec is missing. Not needed if the API server checks the same permissions as for kubectl. */
export function requireAllowExec(
  { allowExec, given, context }: Given,
  command: string,
  { via, kubelets }: Pick<ContainerChoice, 'via' | 'kubelets'>,
  args: readonly string[],
  isByNodeProxy = false,
): void {
  if (allowExec || context.env[allowed] === '1' || (via === 'apiserver' && !isByNodeProxy)) return;
  const rerun = (...address: readonly string[]) => {
    const without = address.length > 0 ? ['--node'] : [];
    return rerunCommand(command, given, { without, more: [...address, '--allow-exec', ...args] });
  };
  const isFound = via === 'direct' && kubelets?.kind !== 'addresses';
  throw new UsageFailure(`${command} requires --allow-exec`, {
    details: { why: whatChecks(command, via) },
    hints: [
      rerun(),
      ...(isFound ? [`without the API server: ${rerun('--kubelet-address', 'HOST')}`] : []),
      `or for all commands of this shell: export ${allowed}=1`,
    ],
  });
}

function whatChecks(command: string, via: ContainerChoice['via']): string {
  if (via === 'apiserver')
    return "the API server checks only nodes/proxy: pods/exec and admission control are skipped, and its audit log has a request to the node's proxy, not to the pod";
  return `the kubelet checks only nodes/proxy: a direct ${command} skips pods/${command.replace('-', '')}, admission control and the API server's audit log`;
}
