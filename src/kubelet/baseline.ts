import { parseDuration } from '../text/duration.ts';
import type { Fields } from '../text/fields.ts';
import { exactJson } from '../text/json.ts';
import { flatten, type KubeletConfiguration } from './configz.ts';

/** The settings of a KubeletConfiguration. The keys are paths such as `authentication.anonymous.enabled`; the values are JSON. */
export type Baseline = ReadonlyMap<string, string>;

export function baselineOf({ kind: _, apiVersion: __, ...settings }: Fields): Baseline {
  return flatten(settings);
}

/** Returns the baseline of rows of `get configz` of one node, each with a `field` and a `value`. */
export function baselineOfRows(rows: readonly Fields[]): Baseline {
  const {
    kind: _,
    apiVersion: __,
    ...settings
  } = Object.fromEntries(rows.map(({ field, value }) => [String(field), value]));
  return new Map(Object.entries(settings).map(([field, value]) => [field, exactJson(value)]));
}

export interface BaselineDifference {
  readonly field: string;
  /**
   * Value in JSON. Undefined if /configz does not contain the setting: its value is a zero value, or the kubelet's version does not
   * have the setting.
   */
  readonly value: string | undefined;
  readonly baseline: string;
}

/** Returns the settings of a kubelet that differ from the baseline. Ignores settings that the baseline does not contain. */
export function compareWithBaseline(
  configuration: KubeletConfiguration,
  baseline: Baseline,
): readonly BaselineDifference[] {
  const values = flatten(configuration);
  return [...baseline].flatMap(([field, expected]) => {
    const value = values.get(field);
    return isSame(value, expected) ? [] : [{ field, value, baseline: expected }];
  });
}

/** Zero values of Go types in JSON. /configz leaves settings with these values out. */
const zeros = ['0', 'false', '""', '"0s"', '[]', 'null'];

/** Whether two values are equal. An absent value equals a zero value, and `1h` equals `1h0m0s`. */
function isSame(value: string | undefined, expected: string): boolean {
  if (value === expected) return true;
  if (value === undefined || zeros.includes(value)) return zeros.includes(expected);
  const [a, b] = [value, expected].map((json) =>
    json.startsWith('"') ? parseDuration(json.slice(1, -1)) : undefined,
  );
  return a !== undefined && a === b;
}
