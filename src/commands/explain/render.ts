import { cisNumber } from '../../kubelet/cis.ts';
import type { Explanation } from '../../kubelet/explain/explanation.ts';
import { runLine, runLines } from '../../text/command.ts';
import { escapeControlLine, escapeControlLines } from '../../text/escape.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import type { CausePage, Page, RulePage } from './page.ts';

export const explainFormats = ['table', 'json', 'yaml'] as const;

export type ExplainFormat = (typeof explainFormats)[number];

export interface Explained {
  readonly file?: string;
  readonly explanations: readonly Explanation[];
}

export function renderExplained(explained: readonly Explained[], format: ExplainFormat): string {
  const found = explained.filter(({ explanations }) => explanations.length > 0);
  if (found.length === 0) return '';
  if (format === 'table')
    return found
      .map(({ file, explanations }) =>
        [
          ...(file === undefined ? [] : [`${escapeControlLine(file)}:\n`]),
          ...explanations.map(renderExplanation),
        ].join('\n'),
      )
      .join('\n');
  const objects = found.flatMap(({ file, explanations }) =>
    explanations.map((each) => (file === undefined ? each : { ...each, file })),
  );
  return format === 'json' ? renderJson(objects) : renderYaml(objects);
}

/** Renders the error for a single word that is no error, such as one of a table. */
export function renderUnknownWord(word: string): string {
  return escapeControlLines([
    `error: "${word}" is not a kubelet error, cause or audit rule`,
    'hint: what a command prints is in its help: kubectl kubeletaccess COMMAND --help',
    'hint: how access works, and its words: docs/how-access-works.md',
  ]);
}

export function renderUnrecognized(explained: readonly Explained[]): string {
  const lines = explained
    .filter(({ explanations }) => explanations.length === 0)
    .map(({ file }) => `error: no known kubelet error in ${file ?? 'this text'}`);
  const hints = [
    'hint: check the cluster: kubectl kubeletaccess status',
    'hint: paste the whole message, with what kubectl -v=6 prints before it',
  ];
  return lines.length === 0 ? '' : escapeControlLines([...lines, ...hints]);
}

export function renderPage(page: Page, format: ExplainFormat): string {
  if (format === 'json') return renderJson([page]);
  if (format === 'yaml') return renderYaml([page]);
  const lines = page.kind === 'KubeletErrorCause' ? causeLines(page) : ruleLines(page);
  return [...lines, ''].join('\n');
}

function causeLines({ cause, layer, reason: why, remedy, examples, commands }: CausePage) {
  return [
    cause,
    ...facts([
      ['layer', layer],
      ['why', why],
      ['remedy', remedy],
    ]),
    ...commands.map((command) => `  ${runLine(command)}`),
    ...(examples.length === 0 ? [] : ['  seen in messages like:']),
    ...examples.map((example) => `    ${example}`),
  ];
}

function ruleLines({ id, title, severity, reason: why, remedy, cis }: RulePage) {
  return [
    `${id}: ${title}`,
    ...facts([
      ['severity', severity],
      ['why', why],
      ['remedy', remedy],
      ...(cis ? [['CIS', `${cisNumber(cis)} ${cis.title}`] as const] : []),
    ]),
    '  run: kubectl kubeletaccess audit',
  ];
}

function renderExplanation(explanation: Explanation): string {
  const {
    component: who,
    hop,
    cause,
    identity,
    nodeNames: nodes,
    address,
    message,
    remedy,
    missingRule,
  } = explanation;
  const [words] = explanation.evidence;
  const rule = missingRule
    ? renderYaml([[missingRule]])
        .trimEnd()
        .split('\n')
    : [];
  return escapeControlLines([
    `* ${words}`,
    ...facts([
      ['failed at', who],
      ['hop', hop],
      ['cause', cause],
      ['user', identity],
      ['node', nodes[0]],
      ['address', address],
      ['why', message],
      ['remedy', remedy === '' ? undefined : remedy],
    ]),
    ...(missingRule ? ['  missing rule:', ...rule.map((line) => `    ${line}`)] : []),
    ...runLines(explanation.commands).map((line) => `  ${line}`),
  ]);
}

function facts(rows: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const longest = Math.max(...rows.map(([name]) => name.length));
  const width = Math.max(9, longest + 2);
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${`${name}:`.padEnd(width)}${value}`],
  );
}
