import { type Failure, reworded } from '../errors.ts';
import { checkServer } from '../kubelet/causes/hop.ts';
import type { CommandLine } from './argv.ts';
import { rerunLine } from './rerun-command.ts';

/** The parts of a command line that stay if an address chooses the kubelet. */
export interface OfflineHint {
  /** Another command, which reports about one kubelet. */
  readonly instead?: string;
  /** Arguments in front of `--`; all of them by default. */
  readonly args?: readonly string[];
  /** Options that need the API server, beside those that choose nodes and path. */
  readonly without?: readonly string[];
  readonly more?: readonly string[];
}

/** Options that an address replaces. */
const choices = ['--node', '--node-selector', '--role', '--all', '--shard', '--via', '--parallel'];

/**
 * The failure with a command that works without the API server: in place of hints that only check it, or beside them if it is another
 * command.
 */
export function withOfflineHint(
  failure: Failure,
  line: CommandLine,
  { instead, args, without = [], more = [] }: OfflineHint,
): Failure {
  const { hints } = failure;
  // With an address, the choice is made; kubelets know no impersonation.
  if (
    line.given.some(({ option }) => option.name === '--address' || option.name.startsWith('--as'))
  )
    return failure;
  const again = rerunLine(instead === undefined ? line : { ...line, command: instead }, {
    ...(args && { args }),
    without: [...choices, ...without],
    more: ['--address', 'HOST', ...more],
  });
  return reworded(failure, {
    hints:
      instead === undefined
        ? [`without the API server: ${again}`, ...hints.filter((hint) => hint !== checkServer)]
        : [...hints, `one kubelet, without the API server: ${again}`],
  });
}
