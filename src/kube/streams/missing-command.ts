import { Failure } from '../../errors.ts';
import { command } from '../../text/command.ts';

/** How container runtimes say that a container does not have a command. */
const absent =
  /\bexec: "[^"\n]{1,1000}": (?:executable file not found in \$PATH|stat [^\n]{1,1000}: no such file or directory)/;

interface StartedCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** Returns the failure for a command that the container does not have; undefined if a kubelet reports something else. */
export function missingCommand(
  { namespace, pod, container, command: [name = ''] }: StartedCommand,
  report: string,
): Failure | undefined {
  if (!absent.test(report)) return undefined;
  return new Failure(`container ${container} of pod ${namespace}/${pod} has no command "${name}"`, {
    kind: 'no command',
    details: { why: report.replace(/^(?:Internal error occurred: )+/, '').trim() },
    hints: [
      command`with the programs of another image: kubectl debug -it ${pod} -n ${namespace} --image=busybox --target=${container}`,
    ],
  });
}
