import type { GivenOption } from '../../../cli/argv.ts';
import type { Completes } from '../../../cli/completes.ts';
import { globalOptionList, globalOptions } from '../../../cli/global-options.ts';
import { UsageFailure } from '../../../errors.ts';
import { nearest } from '../../../text/nearest.ts';
import { renderTable } from '../../../text/table.ts';
import { findType, type RowType } from './row-types.ts';

/** What a command prints that is not told which rows. Throws for options, which would select or shape nothing. */
export function renderTypes(types: readonly RowType[], given: readonly GivenOption[]): string {
  const isForRows = given.some(
    ({ option }) =>
      option === globalOptions.namespace ||
      option.group === globalOptions.kubeletPort.group ||
      !globalOptionList.includes(option),
  );
  if (isForRows)
    throw new UsageFailure(`missing TYPE: ${list(types.map(({ words: [word] }) => word))}`);
  return renderTable(
    ['TYPE', 'SHORT NAMES', 'PRINTS'],
    types.map(({ words: [word, ...others], prints }) => [word, others.join(', ') || '-', prints]),
  );
}

/** What NAME is completed to, behind its type. */
export function nameCandidates(types: readonly RowType[]): Completes {
  return {
    after: ([word = '']) => (findType(types, word)?.of === 'pods' ? 'pod' : 'nodes'),
  };
}

/** Throws a UsageFailure that teaches the right word. */
export function chooseType<Type extends RowType>(
  types: readonly Type[],
  word: string,
  command: string,
): Type {
  const type = findType(types, word);
  if (type) return type;
  const words = types.map(({ words: [first] }) => first);
  const near = nearest(
    word.toLowerCase(),
    types.flatMap((each) => each.words),
  );
  const isOfNamespaces = command === 'top' && /^(?:namespaces?|ns)$/.test(word);
  throw new UsageFailure(`${command} prints ${list(words)}, not "${word}"`, {
    hints: [
      ...(isOfNamespaces
        ? ['sums of namespaces: kubectl kubeletaccess top pods -A --by namespace']
        : []),
      near === undefined
        ? `kubectl kubeletaccess ${command} --help`
        : `did you mean: kubectl kubeletaccess ${command} ${near}`,
    ],
  });
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
