import { flatten, type KubeletConfiguration, parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { always, columnsOf, type DescribedView, type RowOf, text } from '../shared/rows/fields.ts';

const fields = {
  node: text('NODE', always),
  field: text('FIELD', {
    ...always,
    about: 'Path of the setting, such as authentication.anonymous.enabled.',
  }),
  value: text('VALUE', { ...always, type: 'any', about: 'Value from /configz, of any type.' }),
};

export function settingRows(
  node: string,
  configuration: KubeletConfiguration,
): readonly RowOf<typeof fields>[] {
  return [...flatten(configuration)].map(([field, json]) => ({ node, field, value: { json } }));
}

export const settingsView: DescribedView = {
  ...{ kind: 'KubeletSettingList', names: 'node', about: 'A setting in effect on a kubelet.' },
  columns: columnsOf(fields),
};

/** @param parts parts of names, in any case; empty for all settings */
export function settings(parts: readonly string[] = []): BodyView {
  const wanted = parts.map((part) => part.toLowerCase());
  const isWanted = (field: string) =>
    wanted.length === 0 || wanted.some((part) => field.toLowerCase().includes(part));
  return {
    ...simpleView('settings', settingsView, (body, node) =>
      mapChecked(parseConfigz(body), (configuration) =>
        settingRows(node, configuration).filter(({ field }) => isWanted(field)),
      ),
    ),
    ...(wanted.length > 0 && {
      emptyNotes: () => [
        escapeControlLine(
          `no settings match --field ${parts.join()}: kubelets leave out most that are zero, false or empty`,
        ),
      ],
    }),
  };
}
