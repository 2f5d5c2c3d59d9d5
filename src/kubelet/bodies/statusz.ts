import * as v from '@badrap/valita';
import type { Checked } from '../../schema.ts';
import { parseBody } from './parse-body.ts';

const text = v.string().optional();

/** Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/apiserver/pkg/server/statusz */
const statusz = v.object({
  kind: v.literal('Statusz'),
  startTime: text,
  uptimeSeconds: v.number().optional(),
  goVersion: text,
  binaryVersion: text,
  emulationVersion: text,
  minimumCompatibilityVersion: text,
  paths: v.array(v.string()).optional(),
});

export type Statusz = Omit<v.Infer<typeof statusz>, 'kind'>;

/** Reads the body of /statusz. It is JSON, or text if the kubelet supports none of the requested JSON versions. */
export function parseStatusz(body: string): Checked<Statusz> {
  return /^\s*\{/.test(body) ? parseBody(statusz, body, 'statusz') : parseText(body);
}

/** Parses the text form of /statusz. The separator between name and value is random: a colon, an equals sign or a space. */
function parseText(body: string): Checked<Statusz> {
  const lines = new Map(
    body.split('\n').flatMap((line) => {
      const [, name, value = ''] =
        /^(Started|Up|Go version|Binary version|Emulation version|Minimum Compatibility version|Paths)(?::|=| ) *(.{1,8192})$/i.exec(
          line,
        ) ?? [];
      return name === undefined ? [] : [[name.toLowerCase(), value.trim()] as const];
    }),
  );
  if (lines.size === 0) return { problem: 'no statusz' };
  return {
    decoded: {
      value: {
        startTime: lines.get('started'),
        uptimeSeconds: uptimeIn(lines.get('up')),
        goVersion: lines.get('go version'),
        binaryVersion: lines.get('binary version'),
        emulationVersion: lines.get('emulation version'),
        minimumCompatibilityVersion: lines.get('minimum compatibility version'),
        paths: lines.get('paths')?.split(/\s+/),
      },
    },
  };
}

/** Parses `27 hr 00 min 27 sec` to seconds. */
function uptimeIn(words: string | undefined): number | undefined {
  const [, hours, minutes, seconds] =
    /^(\d{1,9}) hr (\d{1,2}) min (\d{1,2}) sec$/.exec(words ?? '') ?? [];
  return hours === undefined
    ? undefined
    : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
