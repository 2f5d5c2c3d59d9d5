import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarStyleRule } from 'js-yaml';
import { escapeJson, escapeYaml, hasInvisible } from './escape.ts';

/** One object as YAML, or several as documents. Keeps the order of keys. */
export function renderYaml(objects: readonly unknown[]): string {
  return objects
    .map((object) => escapeYaml(dump(object, { lineWidth: -1, noRefs: true, scalarStyleRules })))
    .join('---\n');
}

/** Only double quotes allow escapes. */
const quoteInvisible: ScalarStyleRule = (layout) => {
  if (hasInvisible(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

const scalarStyleRules = [quoteInvisible, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)];

/** One object as JSON, or several as a v1 List, as `kubectl get -o json` prints them. */
export function renderJson(objects: readonly unknown[]): string {
  const value =
    objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${escapeJson(JSON.stringify(value, null, 4))}\n`;
}
