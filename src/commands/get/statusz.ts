import { known } from '../../kubelet/bodies/exact.ts';
import type { Statusz } from '../../kubelet/bodies/statusz.ts';
import { figure, type View } from '../../text/column.ts';

/** The kubelet's report of itself. Undefined is not reported. */
export interface KubeletStatusRow {
  readonly node: string;
  readonly version: string | undefined;
  /** The version whose features and APIs the component offers. */
  readonly emulationVersion: string | undefined;
  readonly minimumCompatibilityVersion: string | undefined;
  readonly goVersion: string | undefined;
  readonly uptimeSeconds: number | undefined;
  /** In the form of RFC 3339. */
  readonly startTime: string | undefined;
  /** Some of the paths that it serves. */
  readonly paths: string | undefined;
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
  names: 'node',
  info: { name: 'kubelet_info', help: 'Versions of the kubelet, by its /statusz.' },
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'VERSION', key: 'version', unit: 'text', role: 'label' },
    { head: 'EMULATES', key: 'emulationVersion', unit: 'text', role: 'label' },
    { head: 'GO', key: 'goVersion', unit: 'text', role: 'label' },
    figure('UPTIME', 'uptimeSeconds', 'seconds', {
      name: 'kubelet_uptime_seconds',
      help: 'How long the kubelet has been running.',
    }),
    { head: 'STARTED', key: 'startTime', unit: 'text', role: 'volatile' },
    {
      head: 'COMPATIBLE FROM',
      key: 'minimumCompatibilityVersion',
      unit: 'text',
      wide: true,
      role: 'label',
    },
    { head: 'PATHS', key: 'paths', unit: 'text', wide: true, role: 'volatile' },
  ],
};
