import { type Failure, reworded } from '../errors.ts';
import { KubeletFailure } from '../kube/kubelet-client/kubelet-failure.ts';
import { certificateCauses } from '../kubelet/causes/causes.ts';
import { detourOf } from '../kubelet/detours.ts';
import { type CommandLine, isGiven } from './argv.ts';
import { globalOptions } from './global-options.ts';
import { rerunLine } from './rerun-command.ts';

/** Commands that reach a kubelet whose direct path failed; none for an answer, or for one that was called by another path as well. */
export function pathHints(failure: Failure, line: CommandLine): readonly string[] {
  if (!(failure instanceof KubeletFailure)) return [];
  const { why, shown } = failure;
  if (shown === undefined || !detourOf(why)) return [];
  if (isGiven(line.given, '--address')) {
    if (!certificateCauses.includes(why)) return [];
    return [
      `with a fingerprint that was kept: ${rerunLine(line, { more: ['--kubelet-fingerprint', 'SHA256:…'] })}`,
      // Whatever answers sees no more than who asks.
      ...(shown === 'certificate'
        ? [
            `or unverified (your key stays secret; whatever answers may lie, and sees what you send): ${rerunLine(line, { more: [globalOptions.kubeletInsecureSkipTlsVerify.name] })}`,
          ]
        : []),
    ];
  }
  const { group } = globalOptions.kubeletPort;
  const without = line.given.filter(
    ({ option }) => option.group === group || option.name === '--via',
  );
  const through = rerunLine(line, {
    without: without.map(({ option }) => option.name),
    more: ['--via', 'apiserver'],
  });
  return [`through the API server: ${through}`];
}

/** The failure of one kubelet, with these commands first. */
export function withPathHints(failure: Failure, line: CommandLine): Failure {
  const hints = pathHints(failure, line);
  return hints.length === 0 ? failure : reworded(failure, { hints: [...hints, ...failure.hints] });
}
