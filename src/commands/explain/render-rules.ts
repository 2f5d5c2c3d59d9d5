import { paintNothing } from '../../text/color.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { tableParts } from '../../text/table.ts';
import type { RulePage } from './page.ts';
import type { ExplainFormat } from './render.ts';

export function renderRules(
  rules: readonly RulePage[],
  format: ExplainFormat,
  columns: number | undefined,
): string {
  if (format === 'json') return renderJson(rules);
  if (format === 'yaml') return renderYaml(rules);
  const lines = [
    ['RULE', 'SEVERITY', 'FINDING'],
    ...rules.map(({ id, severity, title }) => [id, severity, title]),
  ];
  return [...tableParts(lines, paintNothing, columns)].join('');
}
