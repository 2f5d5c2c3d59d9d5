import type { GivenOption } from '../../../cli/argv.ts';
import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { globalOptionList, globalOptions } from '../../../cli/global-options.ts';
import { meantCommand } from '../../../cli/usage.ts';
import { UsageFailure } from '../../../errors.ts';
import { command as line, options } from '../../../text/command.ts';
import { joinWords } from '../../../text/list.ts';
import { nearest } from '../../../text/nearest.ts';
import { renderTable } from '../../../text/table.ts';
import { findType, type RowType } from './row-types.ts';

/** Returns the type that the arguments name. Without arguments, prints the types and returns undefined. */
export function readType<Type extends RowType>(
  command: Pick<ClusterCommand, 'context' | 'given'> & {
    readonly type: string | undefined;
    readonly names: readonly string[];
  },
  types: readonly Type[],
  name: string,
): { readonly type: Type; readonly names: readonly string[] } | undefined {
  const [word, ...names] = [command.type ?? [], command.names].flat();
  if (word !== undefined) return { type: chooseType(types, word, name), names };
  const { stdout, stderr } = command.context;
  stdout.write(renderTypes(types, command.given));
  const next = line`kubectl kubeletaccess ${name} ${firstWords(types)[0] ?? ''}`;
  stderr.write(`hint: ${next}\n`);
  return undefined;
}

function firstWords(types: readonly RowType[]): readonly string[] {
  return types.map(({ words: [word] }) => word);
}

/** Renders the list of types, for a command line without TYPE. Throws for options, which would have no effect. */
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

/** Names of types in other tools. */
const typeSynonyms: Readonly<Record<string, string>> = {
  configuration: 'configz',
  disks: 'volumes',
  orphans: 'pods',
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
  const own = types.find(({ words: [first] }) => first === synonym)?.words[0];
  // No other command is suggested for diff, because no other command compares.
  const other = own === undefined && command !== 'diff' ? meantCommand(word) : undefined;
  const near =
    own ??
    nearest(
      lower,
      types.flatMap(({ words }) => words),
    );
  // A word such as maxPods is probably the name of a setting.
  const isSetting =
    /^[a-z]+(?:[A-Z][a-z]*)+$/.test(word) && types.some(({ words }) => words.includes('configz'));
  const meant = other ?? (isSetting ? `${command} configz` : near && `${command} ${near}`);
  throw new UsageFailure(`${command} prints ${joinWords(firstWords(types), 'or')}, not "${word}"`, {
    hints: [
      meant === undefined
        ? line`kubectl kubeletaccess ${command} --help`
        : line`did you mean: kubectl kubeletaccess ${options(meant.split(' '))}`,
    ],
  });
}
