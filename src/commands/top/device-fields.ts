import { plainText } from '../../text/column.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type Field, textField, wideVolatile } from '../shared/rows/fields.ts';

interface DeviceSource {
  readonly extended: readonly string[] | undefined;
  readonly unhealthy: readonly string[] | undefined;
}

export function deviceFields(scope: 'node' | 'pod'): readonly Field<DeviceSource>[] {
  return [
    textField('EXTENDED', 'extendedRequested', ({ extended }) => extended, {
      ...{ ...wideVolatile, type: 'texts' },
      about:
        scope === 'node'
          ? 'Extended resources, such as nvidia.com/gpu=3/8: what pods request, of what they may use.'
          : 'Extended resources that the pod requests, such as nvidia.com/gpu=1.',
    }),
    textField('UNHEALTHY', 'unhealthyDevices', ({ unhealthy }) => unhealthy, {
      ...{ ...wideVolatile, type: 'texts' },
      about: 'Devices of containers that are unhealthy, by resource and ID, as /pods has them.',
    }),
  ];
}

export function deviceNotes(rows: readonly Row[]): readonly string[] {
  const named = rows.flatMap(({ node, namespace, pod, unhealthyDevices: devices }) => {
    const place = pod === undefined ? plainText(node) : `${plainText(namespace)}/${plainText(pod)}`;
    return devices === undefined ? [] : [`${place} (${plainText(devices)})`];
  });
  if (named.length === 0) return [];
  return [escapeControlLine(`note: unhealthy devices: ${summarize(named, 5)}`)];
}
