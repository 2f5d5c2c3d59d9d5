import { flatten, type KubeletConfiguration, parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import type { JsonText, View } from '../../text/column.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';

/** A setting in effect on a kubelet. */
export interface SettingRow {
  readonly node: string;
  /** Path of the setting, such as authentication.anonymous.enabled. */
  readonly field: string;
  /** Value from /configz, of any type. */
  readonly value: JsonText;
}

export function settingRows(
  node: string,
  configuration: KubeletConfiguration,
): readonly SettingRow[] {
  return [...flatten(configuration)].map(([field, json]) => ({ node, field, value: { json } }));
}

export const settingsView: View<SettingRow> = {
  kind: 'KubeletSettingList',
  names: 'node',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'FIELD', key: 'field', unit: 'text' },
    { head: 'VALUE', key: 'value', unit: 'text' },
  ],
};

export const settings: BodyView = simpleView('settings', settingsView, (body, node) =>
  mapChecked(parseConfigz(body), (configuration) => settingRows(node, configuration)),
);
