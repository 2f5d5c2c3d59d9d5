// `npm run docs`: writes the reference pages and JSON Schemas in docs, based on declarations in the source code. Tests fail if the files
// are out of date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandDefinition } from '../src/cli/command-definition.ts';
import {
  commonExitCodes,
  type DeclaredExitCodes,
  declaredExitCodes,
} from '../src/cli/exit-codes.ts';
import { globalOptionList } from '../src/cli/global-options.ts';
import { formatUsage } from '../src/cli/help.ts';
import { formatOption, type OptionSpec, ownGroups, sharedGroups } from '../src/cli/option.ts';
import { describeRules } from '../src/cli/option-rules.ts';
import { renderSkill } from '../src/cli/skill.ts';
import { diffTypes } from '../src/commands/diff/types.ts';
import { causePage } from '../src/commands/explain/page.ts';
import { getTypes } from '../src/commands/get/types.ts';
import { revokeExpiredJob } from '../src/commands/revoke/cron-job.ts';
import type { RowType } from '../src/commands/shared/rows/row-types.ts';
import { topTypes } from '../src/commands/top/types.ts';
import { auditRules } from '../src/kubelet/audit-rules.ts';
import { formatSubresources, kubeletAttributes } from '../src/kubelet/authorization.ts';
import { causes } from '../src/kubelet/causes/all-causes.ts';
import type { Cause } from '../src/kubelet/causes/causes.ts';
import { type CisName, cisControls, cisRecommendation, formatCis } from '../src/kubelet/cis.ts';
import { endpointList, fineGrainedSince, strengths } from '../src/kubelet/endpoints.ts';
import { catalog } from '../src/run.ts';
import { agentSections } from './docs/agents.ts';
import { codeBlock, headingId, page, table } from './docs/markdown.ts';
import { permissionSections } from './docs/permissions.ts';
import { profileSections } from './docs/profiles.ts';
import { root } from './paths.ts';
import { renderSchemas } from './schemas.ts';

export const docs = join(root, 'docs');

export async function renderDocs(): Promise<ReadonlyMap<string, string>> {
  const commands = await catalog.all();
  return new Map([
    ...renderSchemas(),
    ['reference/commands.md', page('Commands', commandSections(commands))],
    ['reference/exit-codes.md', page('Exit codes', exitCodeSections(commands))],
    ['reference/options.md', page('Global options', globalOptionsSections())],
    ['reference/endpoints.md', page('Kubelet endpoints', endpointSections())],
    ['reference/audit-rules.md', page('Audit rules', auditRuleSections())],
    ['reference/causes.md', page('Causes', causeSections())],
    ['reference/profiles.md', page('Profiles', profileSections())],
    ['reference/permissions.md', page('Permissions', permissionSections())],
    ['reference/agents.md', page('Agents', agentSections())],
    ['revoke-expired.yaml', revokeExpiredJob()],
    ['../SKILL.md', renderSkill(commands)],
  ]);
}

function commandSections(commands: readonly CommandDefinition[]): readonly string[] {
  return [
    'Options of all commands, such as `--context` and `-n`: [global options](options.md). Exit codes: [exit codes](exit-codes.md). Examples: `kubectl kubeletaccess COMMAND --help`.',
    ...commands.map(commandSection),
    ...sharedGroups.map((group) => `## ${group} options\n\n${sharedTable(commands, group)}`),
  ];
}

/** Names the options whose descriptions are in the tables of shared options. */
function sharedNames(options: readonly OptionSpec[]): string | false {
  const groups = sharedGroups.flatMap((group) => {
    const names = options
      .filter((option) => option.group === group)
      .map(({ name, short }) => `\`${short === undefined ? '' : `${short}, `}${name}\``);
    const heading = `${group} options`;
    return names.length === 0 ? [] : `[${heading}](#${headingId(heading)}): ${names.join(' ')}`;
  });
  return groups.length > 0 && groups.join('\n\n');
}

function sharedTable(commands: readonly CommandDefinition[], group: string): string {
  const users = new Map<string, { readonly option: OptionSpec; readonly names: string[] }>();
  for (const { name, options } of commands)
    for (const option of options.filter((each) => each.group === group)) {
      const key = `${formatOption(option)} ${option.description}`;
      const row = users.get(key) ?? { option, names: [] };
      row.names.push(name);
      users.set(key, row);
    }
  const rows = [...users.values()].sort((a, b) => a.option.name.localeCompare(b.option.name));
  const isDescribedOnce = ({ name }: OptionSpec) =>
    rows.filter(({ option }) => option.name === name).length === 1;
  return table(
    ['option', 'description', 'only for'],
    rows.map(({ option, names }) => [
      `\`${formatOption(option)}\``,
      option.description,
      isDescribedOnce(option) ? '' : names.join(', '),
    ]),
  );
}

function commandSection(definition: CommandDefinition): string {
  const { name, description } = definition;
  const types = typesOf[name];
  return paragraphs(
    `## ${name}`,
    description.replaceAll(/^ {2}.*(?:\n {2}.*)*$/gm, '```yaml\n$&\n```'),
    codeBlock('sh', formatUsage(definition)),
    types && table(['TYPE', 'prints', 'path'], types.map(typeRow)),
    ...optionTables(definition, ownGroups, '###'),
    sharedNames(definition.options),
  );
}

function exitCodeSections(commands: readonly CommandDefinition[]): readonly string[] {
  const groups = declaredExitCodes(commands);
  const codes = [...new Set(groups.flatMap((group) => group.codes.map(([code]) => code)))].sort(
    (a, b) => a - b,
  );
  const rowOf = ({ names, codes: own }: DeclaredExitCodes) => [
    names.map((name) => `[\`${name}\`](commands.md#${headingId(name)})`).join(', '),
    ...codes.map((code) => own.find(([each]) => each === code)?.[1] ?? ''),
  ];
  return [
    table(
      ['code', 'means'],
      commonExitCodes.map(([code, meaning]) => [String(code), meaning]),
    ),
    'What commands declare:',
    table(['command', ...codes.map(String)], groups.map(rowOf)),
    '`exec` and `attach` otherwise exit with the code of the command or container. kubectl passes exit codes on.',
  ];
}

function paragraphs(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string').join('\n\n');
}

const typesOf: Readonly<Record<string, readonly RowType[]>> = {
  top: topTypes,
  get: getTypes,
  diff: diffTypes,
};

function typeRow({ words, prints, path }: RowType): readonly string[] {
  return [words.map((word) => `\`${word}\``).join(', '), prints, `\`${path}\``];
}

function globalOptionsSections(): readonly string[] {
  const groups = [...new Set(globalOptionList.map(({ group }) => group))];
  return [
    'These options apply to all commands and stand after the name of the plugin. Options of the API server and identity are as in kubectl. Kubelet options apply to direct connections to kubelets; `grant` and `revoke` make these with `--wait` only.',
    ...optionTables({ options: globalOptionList, positionals: { usage: '' } }, groups, '##'),
  ];
}

function optionTables(
  declared: Parameters<typeof describeRules>[1],
  groups: readonly string[],
  heading: string,
): readonly string[] {
  return groups.flatMap((group) => {
    const rows = declared.options
      .filter((option) => option.group === group)
      .map((option) => [
        `\`${formatOption(option)}\``,
        option.description + describeRules(option, declared),
      ]);
    return rows.length === 0
      ? []
      : [`${heading} ${group} options`, table(['option', 'description'], rows)];
  });
}

function endpointSections(): readonly string[] {
  const needs = (path: string, minor: number) =>
    formatSubresources(kubeletAttributes('GET', path, minor).subresources);
  const rows = endpointList.map(
    ({ methods, path, shortName, sinceMinor, effect, worth, returns }) => [
      `\`${path}\``,
      shortName === undefined ? '' : `\`${shortName}\``,
      methods === 'any' ? 'any' : methods.join(', '),
      needs(path, Number.POSITIVE_INFINITY),
      sinceMinor === undefined ? needs(path, fineGrainedSince - 1) : `since 1.${sinceMinor}`,
      effect === 'none' ? '' : effect,
      worth,
      returns,
    ],
  );
  const before = `before 1.${fineGrainedSince}`;
  return [
    'What kubelets serve on their HTTPS port, as `kubectl kubeletaccess endpoints` lists it. `curl` takes a path or its short name.',
    table(
      ['path', 'short name', 'methods', 'permission', before, 'effect', 'worth', 'returns'],
      rows,
    ),
    'The verb of a permission follows the method: GET is `get`, POST `create`, PUT `update`, PATCH `patch`, DELETE `delete`; other methods need a rule with verb `*`. Of several subresources one is enough.',
    '**Effect**: requests that `acts` may run code or write to the node with any method, `sets` with any method but GET and HEAD. `curl` sends these with `--allow-unsafe` only.',
    `**Worth** is what access gives an attacker, the strongest first: ${strengths.map((each) => `\`${each}\``).join(', ')}.`,
  ];
}

function auditRuleSections(): readonly string[] {
  return [
    'What `kubectl kubeletaccess audit` checks. An id is never reused. `kubectl kubeletaccess explain ID` prints what is here.',
    table(
      ['id', 'severity', 'CIS', 'finding'],
      auditRules.map(({ id, severity, title, cis }) => [
        `[${id}](#${headingId(id)})`,
        severity,
        cis ? formatCis(cis).replace('CIS ', '') : '',
        title,
      ]),
    ),
    [
      '- `high`: an attacker needs no permission',
      '- `medium`: a protection is missing, and another one still holds',
      '- `low`: a setting allows more than necessary',
      '- `info`: a default with consequences; it never fails an audit',
    ].join('\n'),
    ...auditRules.map(({ id, reason: why, remedy }) =>
      paragraphs(`## ${id}`, why, `Remedy: ${remedy}.`),
    ),
    '## CIS Kubernetes Benchmark',
    'Numbers are of version 1.12, as in kube-bench; a number behind a version is of that benchmark. compliance-operator has its own rules.',
    table(
      ['CIS, kube-bench', 'compliance-operator', 'audit'],
      Object.entries(cisControls).map(([name, control]) => {
        const cis = cisRecommendation(name as CisName);
        const own = auditRules.filter((rule) => formatCis(rule.cis ?? none) === formatCis(cis));
        return [
          formatCis(cis).replace('CIS ', ''),
          control.rules.map((rule) => `\`${rule}\``).join(' '),
          own.map(({ id }) => `[${id}](#${headingId(id)})`).join(', ') || 'not shown by kubelets',
        ];
      }),
    ),
  ];
}

/** For rules without a CIS recommendation. It equals no real recommendation. */
const none = { benchmark: '', number: '', title: '' };

function causeSections(): readonly string[] {
  return [
    'Why a request to a kubelet gets no answer, or not the one that was asked for: `kubectl kubeletaccess explain` finds the cause of a message, `explain CAUSE` prints what is here, and the commands for it.',
    table(
      ['layer', 'causes'],
      [...Map.groupBy(causes, (name) => causePage(name).layer)].map(([layer, names]) => [
        layer,
        names.map((name) => `[${name}](#${headingId(name)})`).join(', '),
      ]),
    ),
    ...causes.map(causeSection),
  ];
}

function causeSection(name: Cause): string {
  const { reason: why, remedy, examples } = causePage(name);
  return paragraphs(
    `## ${name}`,
    sentence(why),
    remedy !== undefined && `Remedy: ${remedy}.`,
    examples.length > 0 && codeBlock('text', examples.slice(0, 2).join('\n')),
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

if (import.meta.main)
  for (const [name, text] of await renderDocs()) writeFileSync(join(docs, name), text);
