import { exitCodes } from '../errors.ts';
import type { CommandDefinition, ExitCodes } from './command-definition.ts';
import { renderExitCodes } from './help.ts';

const { ok, error, usage, unmet, someFailed, defect, interrupted } = exitCodes;

/** What exit codes mean for all commands. Commands declare more precise meanings. */
export const commonExitCodes: ExitCodes = [
  [ok, 'done'],
  [error, 'error, or all nodes failed'],
  [usage, 'invalid command line'],
  [unmet, 'access is missing, or a check failed'],
  [someFailed, 'some nodes failed, or some that were named do not exist'],
  [defect, 'a bug in the plugin'],
  [interrupted, 'interrupted by Ctrl-C, SIGTERM or SIGHUP'],
];

export interface DeclaredExitCodes {
  readonly names: readonly string[];
  readonly codes: ExitCodes;
}

/** Groups commands by the exit codes that they declare. Leaves out commands that declare none. */
export function declaredExitCodes(
  commands: readonly CommandDefinition[],
): readonly DeclaredExitCodes[] {
  const groups = Map.groupBy(commands, ({ exitCodes: codes }) => JSON.stringify(codes));
  return [...groups.values()].flatMap((members) => {
    const codes = members[0]?.exitCodes ?? [];
    return codes.length === 0 ? [] : { names: members.map(({ name }) => name), codes };
  });
}

/** Renders `help exit-codes`. */
export function exitCodesPage(commands: readonly CommandDefinition[], width?: number): string {
  const sections = [
    { title: 'Exit codes', codes: commonExitCodes },
    ...declaredExitCodes(commands).map(({ names, codes }) => ({ title: names.join(', '), codes })),
  ];
  return `${sections.map(({ title, codes }) => renderExitCodes(title, codes, width)).join('\n\n')}\n`;
}
