import type { Explanation } from '../../kubelet/explain/explanation.ts';
import { escapeControl } from '../../text/escape.ts';
import { renderYaml } from '../../text/serialize.ts';

/** Explanations as people read them: the words, who said so on which hop, why, the rule that is missing, what to run. */
export function renderExplanations(explanations: readonly Explanation[]): string {
  return escapeControl(explanations.map(renderExplanation).join('\n'));
}

function renderExplanation(explanation: Explanation): string {
  const { who, hop, cause, identity, why, missingRule, node, address, evidence, commands } =
    explanation;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['who', who],
    ['hop', hop],
    ['cause', cause],
    ['user', identity],
    ['node', node],
    ['address', address],
    ['why', why],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${`${name}:`.padEnd(9)}${value}`],
  );
  const rule = missingRule ? ['  missing rule:', ...indented(renderYaml([[missingRule]]))] : [];
  const run = commands.map((command) => `  run: ${command}`);
  return `${[`* ${evidence}`, ...lines, ...rule, ...run].join('\n')}\n`;
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
}
