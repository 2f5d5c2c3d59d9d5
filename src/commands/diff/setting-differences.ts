import { parseFeatureGates } from '../../kubelet/bodies/feature-gates.ts';
import { parseFlagz } from '../../kubelet/bodies/flagz.ts';
import { flatten, parseConfigz } from '../../kubelet/configz.ts';
import { type Checked, mapChecked } from '../../schema.ts';
import { plainText, type Value } from '../../text/column.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, type NodeRows, simpleView } from '../shared/rows/body-view.ts';
import {
  always,
  column,
  columnsOf,
  type Described,
  type DescribedView,
  type RowOf,
  text,
  wideAlways,
} from '../shared/rows/fields.ts';

/** Columns of the nodes that have a value. */
export const nodeColumns = {
  nodeCount: column('NODES', 'count', { ...always, about: 'Number of nodes that have the value.' }),
  nodeSummary: text('NAMES', { ...always, about: 'Names of the first nodes.' }),
  nodeNames: text('ALL NAMES', { ...wideAlways, type: 'texts' }),
};

const mostNames = 3;

export function nodesWithValue(nodes: readonly string[]): RowOf<typeof nodeColumns> {
  return { nodeCount: nodes.length, nodeSummary: summarize(nodes, mostNames), nodeNames: nodes };
}

export const settingDifferences = differences(
  'field',
  {
    kind: 'KubeletSettingDifferenceList',
    about: 'One of the different values that a setting has, with the nodes that have this value.',
  },
  {
    type: 'any',
    about:
      'Value of any type; absent if the kubelets do not report it, because it is zero or because their version does not have the setting.',
  },
  (body) =>
    mapChecked(parseConfigz(body), (configuration) =>
      [...flatten(configuration)].map(([field, json]) => ({ field, value: { json } })),
    ),
);

export const flagDifferences = differences(
  'flag',
  {
    kind: 'KubeletFlagDifferenceList',
    about: 'One of the different values of a flag, with the nodes that have this value.',
  },
  { about: 'Value of the flag, possibly empty; absent if the kubelets do not have the flag.' },
  (body) =>
    mapChecked(parseFlagz(body), (flags) =>
      Object.entries(flags).map(([flag, value]) => ({ flag, value })),
    ),
);

export const gateDifferences = differences(
  'gate',
  {
    kind: 'KubeletFeatureGateDifferenceList',
    about: 'One of the different states of a feature gate, with the nodes that have this state.',
  },
  {
    type: 'boolean',
    about: 'Whether the gate is enabled; absent if the kubelets do not have the gate.',
  },
  (body) =>
    mapChecked(parseFeatureGates(body), (gates) =>
      gates.map(({ name, enabled }) => ({ gate: name, value: enabled })),
    ),
);

/** Rows are sorted by name, then by number of nodes in descending order. */
function differences(
  name: string,
  view: Pick<DescribedView, 'kind' | 'about'>,
  value: Pick<Described, 'type' | 'about'>,
  read: (body: string) => Checked<readonly Row[]>,
): BodyView {
  const columns = columnsOf({
    [name]: text(name.toUpperCase(), always),
    value: text('VALUE', { absent: '<unset>', ...value }),
    ...nodeColumns,
  });
  return {
    ...simpleView('differences', { ...view, columns }, read),
    compare: (nodes) => differencesOf(name, nodes),
  };
}

function differencesOf(name: string, nodes: readonly NodeRows[]): readonly Row[] {
  const settings = new Map<string, Map<string, { value: Value; nodes: string[] }>>();
  for (const { node, rows } of nodes)
    for (const row of rows) {
      const known = valueIn(settings, plainText(row[name]), () => new Map());
      const { value } = row;
      valueIn(known, JSON.stringify(value), () => ({ value, nodes: [] })).nodes.push(node);
    }
  return [...settings]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, known]) =>
      rowsOf([...known.values()], nodes).map((row) => ({ [name]: key, ...row })),
    );
}

function rowsOf(
  values: readonly { readonly value: Value; readonly nodes: readonly string[] }[],
  nodes: readonly NodeRows[],
): readonly Row[] {
  const set = new Set(values.flatMap((each) => each.nodes));
  const unset = nodes.map(({ node }) => node).filter((node) => !set.has(node));
  const all = [...values, ...(unset.length > 0 ? [{ value: undefined, nodes: unset }] : [])];
  if (all.length < 2) return [];
  return all
    .toSorted((a, b) => b.nodes.length - a.nodes.length)
    .map(({ value, nodes: names }) => ({ value, ...nodesWithValue(names) }));
}

function valueIn<Key, Held>(map: Map<Key, Held>, key: Key, usual: () => Held): Held {
  const found = map.get(key) ?? usual();
  map.set(key, found);
  return found;
}
