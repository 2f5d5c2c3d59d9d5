import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { rerunCommand } from '../../../cli/rerun-command.ts';
import { UsageFailure } from '../../../errors.ts';
import type { StreamOptions } from './declarations.ts';
import { parseTarget, type StreamTarget } from './target.ts';

type Given = Pick<ClusterCommand, 'globals' | 'given' | 'line'> &
  StreamOptions & { readonly pod: string | undefined; readonly words: readonly string[] };

/** `POD -- COMMAND`; `args` is all of that again, for a command to paste. */
export function parseCommandTarget(given: Given): {
  readonly target: StreamTarget;
  readonly command: readonly string[];
  readonly args: readonly string[];
} {
  const { words, line } = given;
  const { argsAfterDashes } = line;
  const all = [given.pod ?? [], words].flat();
  const [pod, ...more] = all.slice(0, all.length - argsAfterDashes);
  const command = all.slice(all.length - argsAfterDashes);
  if (more[0] !== undefined)
    throw new UsageFailure('the command must follow --', {
      hints: [withDashes(given, [pod ?? [], more, command].flat())],
    });
  const target = parseTarget(pod, given);
  if (command.length === 0)
    throw new UsageFailure('missing command', { hints: ['write it after --: -- COMMAND'] });
  return { target, command, args: [pod ?? [], '--', ...command].flat() };
}

/** The same command line, as exec takes it. */
function withDashes({ given }: Given, [first = '', ...words]: readonly string[]): string {
  const isAddress = /^[\d.]+(?::\d+)?$/.test(first);
  const [pod = '', ...command] = isAddress ? words : [first, ...words];
  const line = rerunCommand('exec', given, {
    without: ['--allow-exec', ...(isAddress ? ['--address', '--node'] : [])],
    more: [
      ...(isAddress ? ['--address', first] : []),
      ...['--allow-exec', pod, '--', ...(command.length === 0 ? ['COMMAND'] : command)],
    ],
  });
  return isAddress ? `the address of a node: ${line}` : line;
}
