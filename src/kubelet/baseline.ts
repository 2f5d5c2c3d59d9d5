import { parseDuration } from '../text/duration.ts';
import type { Fields } from '../text/fields.ts';
import { flatten, type KubeletConfiguration } from './configz.ts';

/** The settings of a KubeletConfiguration in JSON, by paths such as `authentication.anonymous.enabled`. */
export type Baseline = ReadonlyMap<string, string>;

export function baselineOf({ kind: _, apiVersion: __, ...settings }: Fields): Baseline {
  return flatten(settings);
}

export interface BaselineDifference {
  readonly field: string;
  /** Value in JSON; undefined if /configz leaves it out: a zero value, or a setting that the kubelet's version does not have. */
  readonly value: string | undefined;
  readonly baseline: string;
}

/** Returns the settings of a kubelet that differ from the baseline. Settings that the baseline does not contain are not compared. */
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

/** Zero values of Go in JSON, which /configz leaves out. */
const zeros = ['0', 'false', '""', '"0s"', '[]', 'null'];

/** Whether two values are equal. Absent and zero values are equal, and so are durations such as `1h` and `1h0m0s`. */
function isSame(value: string | undefined, expected: string): boolean {
  if (value === expected) return true;
  if (value === undefined || zeros.includes(value)) return zeros.includes(expected);
  const [a, b] = [value, expected].map((json) =>
    json.startsWith('"') ? parseDuration(json.slice(1, -1)) : undefined,
  );
  return a !== undefined && a === b;
}
