import type * as v from '@badrap/valita';
import { type Checked, type CheckOptions, checkType } from '../../schema.ts';
import { parseBoundedJson } from '../../text/json.ts';

/** Parses a body as JSON of this type. If it fails, the problem is a phrase such as `no list of pods: not JSON`. */
export function parseBody<T>(
  type: v.Type<T>,
  body: string,
  what: string,
  { parse, ...options }: CheckOptions & { readonly parse?: (text: string) => unknown } = {},
): Checked<T> {
  const parsed = parseBoundedJson(body, parse);
  if ('problem' in parsed) return { problem: `no ${what}: ${parsed.problem}` };
  const checked = checkType(type, parsed.value, options);
  return checked.decoded ? checked : { ...checked, problem: `no ${what}: ${checked.problem}` };
}
