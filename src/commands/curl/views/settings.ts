import { flatten, type KubeletConfiguration } from '../../../kubelet/configz.ts';
import type { View } from '../../../text/column.ts';

/** A setting of a kubelet that is in force. */
export interface SettingRow {
  readonly node: string;
  /** Its path, such as authentication.anonymous.enabled. */
  readonly field: string;
  /** In JSON, as /configz has it: a text in quotes, a list in brackets. */
  readonly value: string;
}

export function settingRows(
  node: string,
  configuration: KubeletConfiguration,
): readonly SettingRow[] {
  return [...flatten(configuration)].map(([field, value]) => ({ node, field, value }));
}

export const settingsView: View<SettingRow> = {
  kind: 'KubeletSettingList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'FIELD', key: 'field', unit: 'text' },
    { head: 'VALUE', key: 'value', unit: 'text' },
  ],
};
