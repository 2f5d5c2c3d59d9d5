import type { NamedState } from './report/pair-state.ts';
import type { Report } from './report.ts';

/** The differences between two reports, a line each. Times do not count. */
export function changesOf(before: Report, after: Report): readonly string[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was === is) return [];
    if (was === undefined) return [`${key}: ${is}`];
    return [`${key}: ${was} -> ${is ?? 'gone'}`];
  });
}

function entriesOf({ verdict, pair, hops, access, nodes, findings }: Report): Map<string, string> {
  return new Map([
    ['verdict', verdict],
    [`clusterrole/${pair.clusterRole.name}`, state(pair.clusterRole)],
    [`clusterrolebinding/${pair.clusterRoleBinding.name}`, state(pair.clusterRoleBinding)],
    ...hops.map(({ from, to, identity, verdict }) =>
      entry(`${from} -> ${to}`, `${verdict} (${identity})`),
    ),
    ...access.map(({ right, identity, verdict }) => entry(`${identity} ${right}`, verdict)),
    ...nodes.flatMap(({ name, direct, viaApiServer, streams }) => [
      entry(`${name} direct`, direct.result),
      entry(`${name} via API server`, viaApiServer.result),
      ...(streams
        ? (['webSocket', 'spdy', 'runtime', 'direct'] as const).map((step) =>
            entry(`${name} streams ${step}`, streams[step].result),
          )
        : []),
    ]),
    ...findings.map(({ message }) => entry(message, 'found')),
  ]);
}

function entry(key: string, value: string): [string, string] {
  return [key, value];
}

function state({ state, lacks }: NamedState): string {
  return lacks.length > 0 ? `${state} (lacks ${lacks.join(', ')})` : state;
}
