import type { ClusterCommand } from '../../cli/cluster-command.ts';
import { addressTypesOf, kubeletPortOf, rejectKubeletFlags } from '../../cli/kubelets.ts';
import { UsageFailure } from '../../errors.ts';
import { parseStreamTarget, type StreamOptions, type StreamTarget } from './target.ts';

type Given = Pick<ClusterCommand, 'globals' | 'given' | 'behind'> &
  StreamOptions & { readonly argument: string | undefined; readonly words: readonly string[] };

/** `[NODE] -- COMMAND`; `args` is all of that again, for a command to paste. */
export function parseCommandTarget(given: Given): {
  readonly target: StreamTarget;
  readonly command: readonly string[];
  readonly args: readonly string[];
} {
  const { argument, words, behind } = given;
  const all = [argument ?? [], words].flat();
  const [node, ...more] = all.slice(0, all.length - behind);
  const command = all.slice(all.length - behind);
  if (more[0] !== undefined)
    throw new UsageFailure(`the command must be behind --, and "${more[0]}" is before it`);
  const target = parseTarget(node, given);
  if (command.length === 0)
    throw new UsageFailure('missing command', { hints: ['put it behind --: -- COMMAND'] });
  return { target, command, args: [node ?? [], '--', ...command].flat() };
}

/** `[NODE]` */
export function parseTarget(
  node: string | undefined,
  given: Pick<ClusterCommand, 'globals' | 'given'> & StreamOptions,
): StreamTarget {
  const types = addressTypesOf(given.globals);
  const target = parseStreamTarget(node, given, { types, port: kubeletPortOf(given.globals) });
  if (target.via === 'apiserver') rejectKubeletFlags(given.given, '--via apiserver');
  return target;
}
