import { type Failure, reworded } from '../errors.ts';
import { detourBy, KubeletFailure } from '../kube/kubelet-client/kubelet-failure.ts';
import { certificateCauses } from '../kubelet/causes/causes.ts';
import { type CommandLine, isGiven } from './argv.ts';
import { globalOptions } from './global-options.ts';
import { rerunLine } from './rerun-command.ts';

/**
 * Returns commands that avoid the direct connection that failed. Returns none if the kubelet answered, or if the request through the API
 * server failed too.
 */
export function pathHints(failure: Failure, line: CommandLine): readonly string[] {
  const isAddressed = isGiven(line.given, '--kubelet-address');
  if (failure.kind === 'no direct path') return isAddressed ? [] : [throughApiServer(line)];
  if (!(failure instanceof KubeletFailure)) return [];
  const { why, shown } = failure;
  if (shown === undefined || !detourBy(failure)) return [];
  if (!isAddressed) return [throughApiServer(line)];
  if (!certificateCauses.includes(why)) return [];
  const trust = [globalOptions.kubeletCertificateAuthority, globalOptions.kubeletFingerprint].map(
    ({ name }) => name,
  );
  const again = (...more: readonly string[]) => rerunLine(line, { without: trust, more });
  const pinned = `with the fingerprints that you kept: ${again('--kubelet-fingerprint', '@FILE')}`;
  // No command with an unverified connection is suggested, because the server could steal the token. A header may contain a token, too.
  if (shown === 'token' || isGiven(line.given, '--header')) return [pinned];
  const { name } = globalOptions.kubeletInsecureSkipTlsVerify;
  return [
    pinned,
    `or unverified (your key stays secret; whatever answers may lie, and sees what you send): ${again(name)}`,
  ];
}

function throughApiServer(line: CommandLine): string {
  const { group } = globalOptions.kubeletPort;
  const others = line.given.filter(({ option }) => option.group === group);
  const without = [...others.map(({ option }) => option.name), '--via'];
  return `through the API server: ${rerunLine(line, { without, more: ['--via', 'apiserver'] })}`;
}

export function withPathHints(failure: Failure, line: CommandLine): Failure {
  const hints = pathHints(failure, line);
  return hints.length === 0 ? failure : reworded(failure, { hints: [...hints, ...failure.hints] });
}
