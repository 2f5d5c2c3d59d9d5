import { parseArgs } from 'node:util';
import { type Likeness, likenessNames, parseLikeness } from '../likeness/likenesses.ts';

export const usage = `usage: npm run demo [-- [--keep [--nodes N|--like NAME]] [--minor 31|37] [--no-build]]

  --keep      leave the cluster up until Ctrl-C, to type commands by hand
  --nodes N   with N healthy nodes, in place of the five of the story
  --like NAME a cluster like ${likenessNames.slice(0, -1).join(', ')} or ${likenessNames.at(-1)}
  --minor     the Kubernetes version, 1.37 by default
  --no-build  run the program as it was built last
`;

export interface DemoOptions {
  /** Whether to keep the cluster running until Ctrl-C. Otherwise the commands of a story are run. */
  readonly keep: boolean;
  /** Number of nodes; undefined for the five nodes of the story. Each node has its own loopback address, which only Linux provides. */
  readonly nodes: number | undefined;
  /** Undefined for the cluster of the story. */
  readonly likeness: Likeness | undefined;
  readonly minor: number;
  readonly build: boolean;
}

export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        keep: { type: 'boolean', default: false },
        nodes: { type: 'string' },
        like: { type: 'string' },
        minor: { type: 'string', default: '37' },
        build: { type: 'boolean', default: true },
      },
    });
    const { keep, minor, build, like } = values;
    const likeness = like === undefined ? undefined : parseLikeness(like);
    if (likeness !== undefined && !(keep && values.nodes === undefined)) return undefined;
    const nodes = values.nodes === undefined ? undefined : Number(values.nodes);
    if (nodes !== undefined && !(keep && Number.isInteger(nodes) && nodes >= 1 && nodes <= 10_000))
      return undefined;
    return minor === '31' || minor === '37'
      ? { keep, nodes, likeness, minor: Number(minor), build }
      : undefined;
  } catch {
    return undefined;
  }
}
