import * as v from '@badrap/valita';
import { type Checked, checkType } from '../../../schema.ts';
import type { View } from '../../../text/column.ts';
import { known } from './exact.ts';

/** What a kubelet says of itself. Undefined is not reported. */
export interface KubeletStatusRow {
  readonly node: string;
  readonly version: string | undefined;
  /** Whose features and APIs it has. */
  readonly emulationVersion: string | undefined;
  readonly minimumCompatibilityVersion: string | undefined;
  readonly goVersion: string | undefined;
  readonly uptimeSeconds: number | undefined;
  /** In the form of RFC 3339. */
  readonly startTime: string | undefined;
  /** Some of the paths that it serves. */
  readonly paths: string | undefined;
}

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

type Statusz = Omit<v.Infer<typeof statusz>, 'kind'>;

/** Reads the body of /statusz: JSON, or a text of a kubelet that has no version that was asked for. */
export function parseStatusz(body: string): Checked<Statusz> {
  if (!/^\s*\{/.test(body)) return parseText(body);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'no statusz: not JSON' };
  }
  const checked = checkType(statusz, value, { whole: false });
  return checked.decoded ? checked : { ...checked, problem: `no statusz: ${checked.problem}` };
}

/** What stands behind a name is random: a colon, an equals sign or a space. */
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

/** `27 hr 00 min 27 sec` */
function uptimeIn(words: string | undefined): number | undefined {
  const [, hours, minutes, seconds] =
    /^(\d{1,9}) hr (\d{1,2}) min (\d{1,2}) sec$/.exec(words ?? '') ?? [];
  return hours === undefined
    ? undefined
    : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

export function kubeletStatusRow(node: string, status: Statusz): KubeletStatusRow {
  const { startTime, uptimeSeconds, paths } = status;
  const seconds = known(uptimeSeconds);
  return {
    node,
    version: status.binaryVersion || undefined,
    emulationVersion: status.emulationVersion || undefined,
    minimumCompatibilityVersion: status.minimumCompatibilityVersion || undefined,
    goVersion: status.goVersion || undefined,
    uptimeSeconds: seconds === undefined ? undefined : Number(seconds),
    startTime: timeOf(startTime),
    paths: paths && paths.length > 0 ? paths.join(' ') : undefined,
  };
}

/** As it is, if it is no time. */
function timeOf(words: string | undefined): string | undefined {
  const ms = Date.parse(words ?? '');
  return Number.isNaN(ms) ? words || undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
}

export const kubeletStatusView: View<KubeletStatusRow> = {
  kind: 'KubeletStatusList',
  info: { name: 'kubelet_info', help: 'Versions of the kubelet, by its /statusz.' },
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'VERSION', key: 'version', unit: 'text', says: 'fact' },
    { head: 'EMULATES', key: 'emulationVersion', unit: 'text', says: 'fact' },
    { head: 'GO', key: 'goVersion', unit: 'text', says: 'fact' },
    {
      head: 'UPTIME',
      key: 'uptimeSeconds',
      unit: 'seconds',
      metric: { name: 'kubelet_uptime_seconds', help: 'How long the kubelet has been running.' },
    },
    { head: 'STARTED', key: 'startTime', unit: 'text', says: 'state' },
    {
      head: 'COMPATIBLE FROM',
      key: 'minimumCompatibilityVersion',
      unit: 'text',
      wide: true,
      says: 'fact',
    },
    { head: 'PATHS', key: 'paths', unit: 'text', wide: true, says: 'state' },
  ],
};
