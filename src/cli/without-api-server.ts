import { type Failure, reworded } from '../errors.ts';
import { checkServer } from '../kubelet/causes/hop.ts';
import type { CommandLine } from './argv.ts';
import { rerunLine } from './rerun-command.ts';

/** Changes that make a command line work with --kubelet-address, without the API server. */
export interface OfflineHint {
  /** Name of another command, which reports on one kubelet; undefined if the same command works with --kubelet-address. */
  readonly instead?: string;
  /** Arguments before `--`; all given arguments by default. */
  readonly args?: readonly string[];
  /** Options to omit, in addition to `choices`. */
  readonly without?: readonly string[];
  readonly more?: readonly string[];
}

/** Options that are omitted because --kubelet-address replaces them. */
const choices = ['--node', '--node-selector', '--role', '--all', '--shard', '--via', '--parallel'];

/**
 * Adds a hint with a command line that works without the API server. If the same command works with --kubelet-address, this hint replaces the hint
 * to check the API server. A hint with another command comes last.
 */
export function withOfflineHint(
  failure: Failure,
  line: CommandLine,
  { instead, args, without = [], more = [] }: OfflineHint,
): Failure {
  const { hints } = failure;
  // With --as, no command works without the API server, because kubelets do not support impersonation.
  if (
    line.given.some(
      ({ option }) => option.name === '--kubelet-address' || option.name.startsWith('--as'),
    )
  )
    return failure;
  const again = rerunLine(instead === undefined ? line : { ...line, command: instead }, {
    ...(args && { args }),
    without: [...choices, ...without],
    more: ['--kubelet-address', 'HOST', ...more],
  });
  return reworded(failure, {
    hints:
      instead === undefined
        ? [`without the API server: ${again}`, ...hints.filter((hint) => hint !== checkServer)]
        : [...hints, `one kubelet, without the API server: ${again}`],
  });
}
