import { parseArgs } from 'node:util';

export const usage = `usage: npm run demo [-- [--keep [--nodes N]] [--minor 31|37] [--no-build]]

  --keep      leave the cluster up until Ctrl-C, to type commands by hand
  --nodes N   with N healthy nodes, in place of the five of the story
  --minor     the Kubernetes version, 1.37 by default
  --no-build  run the program as it was built last
`;

export interface DemoOptions {
  /** Leave the cluster up until Ctrl-C. Otherwise a story is played. */
  readonly keep: boolean;
  /** If undefined, the five of the story. Each has a loopback address of its own, as only Linux has them. */
  readonly nodes: number | undefined;
  readonly minor: number;
  readonly build: boolean;
}

/** Undefined for a command line that is not valid. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        keep: { type: 'boolean', default: false },
        nodes: { type: 'string' },
        minor: { type: 'string', default: '37' },
        build: { type: 'boolean', default: true },
      },
    });
    const { keep, minor, build } = values;
    const nodes = values.nodes === undefined ? undefined : Number(values.nodes);
    if (nodes !== undefined && !(keep && Number.isInteger(nodes) && nodes >= 1 && nodes <= 10_000))
      return undefined;
    return minor === '31' || minor === '37'
      ? { keep, nodes, minor: Number(minor), build }
      : undefined;
  } catch {
    return undefined;
  }
}
