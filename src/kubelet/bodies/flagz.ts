import * as v from '@badrap/valita';
import { type Checked, mapChecked } from '../../schema.ts';
import { parseBody } from './parse-body.ts';

const flagz = v.object({ kind: v.literal('Flagz'), flags: v.record(v.string()).optional() });

/** Values of flags by name. A value may be empty. */
export type Flags = Readonly<Record<string, string>>;

/** Reads the body of /flagz. It is JSON, or text if the kubelet supports none of the requested JSON versions. */
export function parseFlagz(body: string): Checked<Flags> {
  if (!/^\s*\{/.test(body)) return parseText(body);
  const checked = parseBody(flagz, body, 'flagz');
  return mapChecked(checked, ({ flags = {} }) => flags);
}

/**
 * Parses flags in text. Two lines of words come first. The separator between name and value is random: a colon, an equals sign or a
 * space.
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
