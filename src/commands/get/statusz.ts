import { known } from '../../kubelet/bodies/exact.ts';
import { parseStatusz, type Statusz } from '../../kubelet/bodies/statusz.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import {
  figure,
  rowOf,
  textField,
  type ViewOf,
  wideLabel,
  wideVolatile,
} from '../shared/rows/fields.ts';

interface StatusSource {
  readonly node: string;
  readonly status: Statusz;
}

function timeOf(words: string | undefined): string | undefined {
  const ms = Date.parse(words ?? '');
  return Number.isNaN(ms) ? words || undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
}

export function kubeletStatusRow(node: string, status: Statusz): Row {
  return rowOf(kubeletStatusView, { node, status });
}

export const kubeletStatusView: ViewOf<StatusSource> = {
  kind: 'KubeletStatusList',
  names: 'node',
  info: { name: 'kubelet_info', help: 'Versions of the kubelet, by its /statusz.' },
  columns: [
    textField('NODE', 'node', ({ node }) => node),
    textField('VERSION', 'version', ({ status }) => status.binaryVersion || undefined, {
      role: 'label',
    }),
    textField(
      'EMULATES',
      'emulationVersion',
      ({ status }) => status.emulationVersion || undefined,
      {
        role: 'label',
        about: 'The version whose features and APIs the component offers.',
      },
    ),
    textField('GO', 'goVersion', ({ status }) => status.goVersion || undefined, { role: 'label' }),
    figure('UPTIME', 'uptimeSeconds', 'seconds', {
      of: ({ status }) => {
        const seconds = known(status.uptimeSeconds);
        return seconds === undefined ? undefined : Number(seconds);
      },
      name: 'kubelet_uptime_seconds',
      help: 'How long the kubelet has been running.',
    }),
    textField('STARTED', 'startTime', ({ status }) => timeOf(status.startTime), {
      role: 'volatile',
      about: 'In the form of RFC 3339.',
    }),
    textField(
      'COMPATIBLE FROM',
      'minimumCompatibilityVersion',
      ({ status }) => status.minimumCompatibilityVersion || undefined,
      wideLabel,
    ),
    textField('PATHS', 'paths', ({ status }) => status.paths?.join(' ') || undefined, {
      ...wideVolatile,
      about: 'Some of the paths that it serves.',
    }),
  ],
};

export const status: BodyView = {
  ...simpleView('kubelets', kubeletStatusView, (body, node) =>
    mapChecked(parseStatusz(body), (statusz) => [kubeletStatusRow(node, statusz)]),
  ),
  nodeObjects: 'wanted',
  // By default, kubelets deny kube-apiserver /statusz. The kubelet writes its version into the Node object as well.
  failedRows: async ({ status }, node, _, object) => {
    const binaryVersion = object?.status?.nodeInfo?.kubeletVersion?.replace(/^v/, '');
    if (status !== 403 || !binaryVersion) return undefined;
    return { rows: [kubeletStatusRow(node, { binaryVersion })] };
  },
};
