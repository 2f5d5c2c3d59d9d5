import type { GivenOption } from '../../cli/argv.ts';
import { rerunCommand } from '../../cli/rerun-command.ts';
import { UsageFailure } from '../../errors.ts';
import type { StreamTarget } from './target.ts';

/** Throws a UsageFailure that says what --allow-exec means, unless it is given. */
export function requireAllowExec(
  { allowExec, given }: { readonly allowExec: boolean; readonly given: readonly GivenOption[] },
  command: string,
  { via }: Pick<StreamTarget, 'via'>,
  /** Arguments, for the command to paste. */
  args: readonly string[],
): void {
  if (allowExec) return;
  throw new UsageFailure(`${command} gets into a container: it needs --allow-exec`, {
    details: [`why: ${whatChecks(command, via)}`],
    hints: [rerunCommand(command, given, { without: [], more: ['--allow-exec', ...args] })],
  });
}

function whatChecks(command: string, via: StreamTarget['via']): string {
  if (via === 'direct')
    return 'a kubelet checks nodes/proxy alone. No admission, no permission of the pod such as pods/exec, and no audit log of the API server sees what it is sent directly';
  if (command === 'run')
    return 'the API server checks nodes/proxy alone: no permission of the pod such as pods/exec, and no admission of it. Its audit log has a request to the proxy of the node, not to the pod';
  return 'what runs in the container may change it and all that it reaches; the API server checks and audits it as for kubectl';
}
