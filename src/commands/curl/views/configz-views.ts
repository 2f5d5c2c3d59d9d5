// The views of /configz.
import { parseConfigz } from '../../../kubelet/configz.ts';
import { type BodyView, erased } from './body-view.ts';
import { settingDifferences, settingDifferencesView } from './setting-differences.ts';
import { settingRows, settingsView } from './settings.ts';

export const settings: BodyView = {
  ...erased(settingsView),
  plural: 'settings',
  companions: [],
  rows: ({ body }, node) => {
    const { decoded, problem } = parseConfigz(body);
    if (!decoded) return { problem };
    const rows = settingRows(node, decoded.value).map((row) => ({ ...row }));
    return { decoded: { value: { rows, problems: {} } } };
  },
};

export const differences: BodyView = {
  ...settings,
  ...erased(settingDifferencesView),
  plural: 'differences',
  compare: (nodes) => settingDifferences(nodes).map((row) => ({ ...row })),
};
