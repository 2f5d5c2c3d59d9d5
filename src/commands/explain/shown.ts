import { cisNumber } from '../../kubelet/cis.ts';
import type { Explanation } from '../../kubelet/explain/explanation.ts';
import { runLine, runLines } from '../../text/command.ts';
import { escapeControlLines } from '../../text/escape.ts';
import type { Detail } from '../../text/finding.ts';
import { yamlLines } from '../../text/serialize.ts';
import type { Section } from '../../text/shown.ts';
import type { CausePage, Page, RulePage } from './page.ts';

export interface Explained {
  readonly file?: string;
  readonly explanations: readonly Explanation[];
}

/** Returns explanations as `-o json` and `-o yaml` print them. */
export function explanationObjects(explained: readonly Explained[]): readonly object[] {
  return explained.flatMap(({ file, explanations }) =>
    explanations.map((each) => (file === undefined ? each : { ...each, file })),
  );
}

export function shownExplained(explained: readonly Explained[]): readonly Section[] {
  return explained.flatMap(({ file, explanations }): readonly Section[] => [
    file === undefined || explanations.length === 0 ? [] : [{ verbatim: [`${file}:`] }],
    ...explanations.map(shownExplanation),
  ]);
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

export function shownPage(page: Page): Section {
  return page.kind === 'KubeletErrorCause' ? shownCause(page) : shownRule(page);
}

function shownCause({ cause, layer, reason, remedy, examples, commands }: CausePage): Section {
  return [
    { verbatim: [cause] },
    {
      facts: labeled([
        ['layer', layer],
        ['why', reason],
        ['remedy', remedy],
      ]),
    },
    {
      verbatim: [
        ...commands.map((command) => `  ${runLine(command)}`),
        ...(examples.length === 0 ? [] : ['  seen in messages like:']),
        ...examples.map((example) => `    ${example}`),
      ],
    },
  ];
}

function shownRule({ id, title, severity, reason, remedy, cis }: RulePage): Section {
  return [
    { verbatim: [`${id}: ${title}`] },
    {
      facts: labeled([
        ['severity', severity],
        ['why', reason],
        ['remedy', remedy],
        ['CIS', cis && `${cisNumber(cis)} ${cis.title}`],
      ]),
    },
    { verbatim: ['  run: kubectl kubeletaccess audit'] },
  ];
}

export function shownRules(rules: readonly RulePage[]): Section {
  return [
    {
      heads: ['RULE', 'SEVERITY', 'FINDING'],
      rows: rules.map(({ id, severity, title }) => [id, severity, title]),
    },
  ];
}

function shownExplanation(explanation: Explanation): Section {
  const { component, hop, cause, identity, nodeNames, address, message, remedy, missingRule } =
    explanation;
  const [words] = explanation.evidence;
  return [
    { verbatim: [`* ${words}`] },
    {
      facts: labeled([
        ['failed at', component],
        ['hop', hop],
        ['cause', cause],
        ['user', identity],
        ['node', nodeNames[0]],
        ['address', address],
        ['why', message],
        ['remedy', remedy === '' ? undefined : remedy],
      ]),
    },
    {
      verbatim: [
        ...(missingRule
          ? ['  missing rule:', ...yamlLines([missingRule]).map((line) => `    ${line}`)]
          : []),
        ...runLines(explanation.commands).map((line) => `  ${line}`),
      ],
    },
  ];
}

/** Leaves out facts without a text. */
function labeled(
  facts: readonly (readonly [label: string, text: string | undefined])[],
): readonly Detail[] {
  return facts.flatMap(([label, text]) => (text === undefined ? [] : { label, text }));
}
