import * as v from '@badrap/valita';
import { type Checked, checkType } from '../../../schema.ts';
import type { View } from '../../../text/column.ts';
import type { NodeRows } from './body-view.ts';
import { type SettingDifferenceRow, settingDifferences } from './setting-differences.ts';

/** A flag of the command line, or its default: what a configuration file says is in /configz. */
export interface FlagRow {
  readonly node: string;
  readonly flag: string;
  /** May be empty. */
  readonly value: string;
}

/** A value of a flag that not all nodes have. */
export interface FlagDifferenceRow extends Omit<SettingDifferenceRow, 'field'> {
  readonly flag: string;
}

const flagz = v.object({ kind: v.literal('Flagz'), flags: v.record(v.string()).optional() });

type Flags = Readonly<Record<string, string>>;

/** Reads the body of /flagz: JSON, or a text of a kubelet that has no version that was asked for. */
export function parseFlagz(body: string): Checked<Flags> {
  if (!/^\s*\{/.test(body)) return parseText(body);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'no flagz: not JSON' };
  }
  const checked = checkType(flagz, value, { whole: false });
  return checked.decoded
    ? { decoded: { value: checked.decoded.value.flags ?? {} } }
    : { ...checked, problem: `no flagz: ${checked.problem}` };
}

/**
 * Below two lines of words. What stands behind a name is random: a colon, an equals sign or a space.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/server/flagz/textserializer.go
 */
function parseText(body: string): Checked<Flags> {
  const lines = body.split('\n');
  if (!lines.some((line) => /^[\w-]+ flagz$/.test(line))) return { problem: 'no flagz' };
  const flags = lines.flatMap((line) => {
    const [, flag, value = ''] =
      /^([a-z][a-z0-9_.-]{0,253})(?:[:=] ?| )(.{0,8192})$/.exec(line) ?? [];
    return flag === undefined || line.endsWith(' flagz') ? [] : [[flag, value] as const];
  });
  return { decoded: { value: Object.fromEntries(flags) } };
}

export function flagRows(node: string, flags: Flags): readonly FlagRow[] {
  return Object.entries(flags)
    .map(([flag, value]) => ({ node, flag, value }))
    .sort((a, b) => (a.flag < b.flag ? -1 : 1));
}

/** Flags from a to z; of each, the value that most nodes have comes first. An empty one is in quotes. */
export function flagDifferences(nodes: readonly NodeRows[]): readonly FlagDifferenceRow[] {
  const settings = nodes.map(({ node, rows }) => ({
    node,
    rows: rows.map(({ flag, value }) => ({ field: flag, value: value === '' ? '""' : value })),
  }));
  return settingDifferences(settings).map(({ field, ...row }) => ({ flag: field, ...row }));
}

export const flagsView: View<FlagRow> = {
  kind: 'KubeletFlagList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'FLAG', key: 'flag', unit: 'text' },
    { head: 'VALUE', key: 'value', unit: 'text' },
  ],
};

export const flagDifferencesView: View<FlagDifferenceRow> = {
  kind: 'KubeletFlagDifferenceList',
  columns: [
    { head: 'FLAG', key: 'flag', unit: 'text' },
    { head: 'VALUE', key: 'value', unit: 'text' },
    { head: 'NODES', key: 'nodes', unit: 'count' },
    { head: 'NAMES', key: 'names', unit: 'text' },
    { head: 'ALL NAMES', key: 'allNames', unit: 'text', wide: true },
  ],
};
