import { Option } from 'clipanion';
import type { GivenOption } from '../../../cli/argv.ts';
import { globalOptionList, globalOptions } from '../../../cli/global-options.ts';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import { settingName } from '../../../cli/meant-by-node.ts';
import { completing, declare } from '../../../cli/option.ts';
import { meantCommand } from '../../../cli/usage.ts';
import type { OfflineHint } from '../../../cli/without-api-server.ts';
import { exitCodeOf, exitCodes, type Outcomes, UsageFailure } from '../../../errors.ts';
import { command as line, options } from '../../../text/command.ts';
import { joinWords } from '../../../text/list.ts';
import { nearest } from '../../../text/nearest.ts';
import { renderTable } from '../../../text/table.ts';
import { findType, type RowType } from './row-types.ts';
import { ofNodeObjects } from './rows-options.ts';
import type { Grouping } from './sum-rows.ts';

export const podRowOptions = {
  allNamespaces: () =>
    declare.selection.flag('-A,--all-namespaces', 'Pods of all namespaces.', {
      not: ['--namespace'],
    }),
  by: (groupings: readonly Grouping[]) =>
    declare.view.text('--by', `Sum the rows. One of: ${groupings.join(', ')}.`, {
      completes: groupings,
    }),
  labelColumns: () =>
    declare.view.list(
      '-L,--label-columns',
      'Add a column for this label of the pod (or node, in node tables).',
      { completes: 'label-keys' },
    ),
  showLabels: () => declare.view.flag('--show-labels', 'Add a column of all labels.'),
};

/** The arguments TYPE and NAME. */
export function typeArguments(types: readonly RowType[]) {
  return {
    type: completing(
      firstWords(types),
      Option.String({ required: false, name: 'TYPE' }) as string | undefined,
    ),
    names: completing(
      { after: ([word = '']) => (findType(types, word)?.of === 'pods' ? 'pod' : 'nodes') },
      Option.Rest({ name: 'NAME' }) as readonly string[],
    ),
  };
}

type TypeArguments = ReturnType<typeof typeArguments>;

/** Returns TYPE and the names, because `Option.Rest` may hold both. */
function wordsOf({ type, names }: TypeArguments): readonly string[] {
  return [type ?? [], names].flat();
}

export function offlineHintFor(
  types: readonly RowType[],
  given: TypeArguments,
): OfflineHint | undefined {
  const [word, ...names] = wordsOf(given);
  const type = word === undefined ? undefined : findType(types, word);
  if (word === undefined || !type) return undefined;
  if (type.of === 'pods') return { args: [word, ...names] };
  return { args: [word], without: ofNodeObjects };
}

/** Prints rows of TYPE. Without TYPE, lists the types. */
export async function printType<Type extends RowType>(
  types: readonly Type[],
  words: TypeArguments,
  invocation: KubeletInvocation,
  print: (type: Type, names: readonly string[]) => Promise<Outcomes>,
): Promise<number> {
  const {
    context,
    given,
    line: { command },
  } = invocation;
  const [word, ...names] = wordsOf(words);
  if (word !== undefined) return exitCodeOf(await print(chooseType(types, word, command), names));
  context.stdout.write(renderTypes(types, given));
  const next = line`kubectl kubeletaccess ${command} ${firstWords(types)[0] ?? ''}`;
  context.stderr.write(`hint: ${next}\n`);
  return exitCodes.ok;
}

function firstWords(types: readonly RowType[]): readonly string[] {
  return types.map(({ words: [word] }) => word);
}

function renderTypes(types: readonly RowType[], given: readonly GivenOption[]): string {
  const isForRows = given.some(
    ({ option }) =>
      option === globalOptions.namespace ||
      option.group === globalOptions.kubeletPort.group ||
      !globalOptionList.includes(option),
  );
  if (isForRows) throw new UsageFailure(`missing TYPE: ${joinWords(firstWords(types), 'or')}`);
  return renderTable(
    ['TYPE', 'SHORT NAMES', 'PRINTS'],
    types.map(({ words: [word, ...others], prints }) => [word, others.join(', ') || '-', prints]),
  );
}

const typeSynonyms: Readonly<Record<string, string>> = {
  configuration: 'configz',
  disks: 'volumes',
  setting: 'configz',
  settings: 'configz',
  version: 'statusz',
  versions: 'statusz',
};

/** Finds a type, or throws a UsageFailure that suggests the right word. */
function chooseType<Type extends RowType>(
  types: readonly Type[],
  word: string,
  command: string,
): Type {
  const type = findType(types, word);
  if (type) return type;
  const lower = word.toLowerCase();
  const synonym = Object.hasOwn(typeSynonyms, lower) ? typeSynonyms[lower] : undefined;
  const own = firstWords(types).find((first) => first === synonym);
  // For diff, no other command is suggested, because no other command compares.
  const other = own === undefined && command !== 'diff' ? meantCommand(word) : undefined;
  const near =
    own ??
    nearest(
      lower,
      types.flatMap(({ words }) => words),
    );
  // A word such as maxPods is probably the name of a setting.
  const isSetting = settingName.test(word) && types.some(({ words }) => words.includes('configz'));
  const meant =
    other ??
    (isSetting
      ? `${command} configz${command === 'get' ? ` --field ${word}` : ''}`
      : near && `${command} ${near}`);
  throw new UsageFailure(`${command} prints ${joinWords(firstWords(types), 'or')}, not "${word}"`, {
    hints: [
      meant === undefined
        ? line`kubectl kubeletaccess ${command} --help`
        : line`did you mean: kubectl kubeletaccess ${options(meant.split(' '))}`,
    ],
  });
}
