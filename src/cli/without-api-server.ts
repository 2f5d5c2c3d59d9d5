import { type ApiServerUnreachable, type Failure, reworded } from '../errors.ts';
import { checkServer } from '../kubelet/causes/hop.ts';
import type { CommandLine, GivenOption } from './argv.ts';
import { rerunCommand } from './rerun-command.ts';

/** What of a command line stays where an address chooses the kubelet. */
export interface GoingOn {
  /** Another command, which tells of one kubelet what this one tells of the cluster. */
  readonly instead?: string;
  /** Arguments in front of `--`; all of them by default. */
  readonly args?: readonly string[];
  /** Options that need the API server, beside those that choose nodes and path. */
  readonly without?: readonly string[];
  readonly more?: readonly string[];
}

/** What an address takes the place of. */
const choices = ['--node', '--node-selector', '--role', '--all', '--shard', '--via', '--parallel'];

/** A body may have secrets. */
function withoutBody(each: GivenOption): GivenOption {
  return each.option.name === '--data' ? { ...each, value: 'DATA' } : each;
}

/**
 * The failure, with the command that goes on without the API server in place of hints that only check it; beside them, if it is another
 * command.
 */
export function withGoingOn(
  failure: ApiServerUnreachable,
  { command, args, given, behind }: CommandLine,
  { instead, args: kept = args.slice(0, args.length - behind), without = [], more = [] }: GoingOn,
): Failure {
  const { hints } = failure;
  // With an address, the choice is made; kubelets know no impersonation.
  if (given.some(({ option }) => option.name === '--address' || option.name.startsWith('--as')))
    return failure;
  const again = rerunCommand(instead ?? command, given.map(withoutBody), {
    args: kept,
    without: [...choices, ...without],
    more: [
      ...['--address', 'HOST', ...more],
      // It may have a password among its arguments.
      ...(behind === 0 ? [] : ['--', 'COMMAND']),
    ],
  });
  return reworded(failure, {
    hints:
      instead === undefined
        ? [`without the API server: ${again}`, ...hints.filter((hint) => hint !== checkServer)]
        : [...hints, `one kubelet, without the API server: ${again}`],
  });
}
