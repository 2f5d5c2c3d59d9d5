import {
  DEFAULT_SCALAR_STYLE_RULES,
  DUMP_SCHEMA,
  dump,
  intCoreTag,
  SCALAR_STYLE,
  type ScalarStyleRule,
  Schema,
} from 'js-yaml';
import { escapeJson, escapeYaml, hasInvisible } from './escape.ts';

/** Renders each object as a YAML document. Keeps the order of keys. */
export function renderYaml(objects: readonly unknown[]): string {
  return objects.map((object) => escapeYaml(dump(object, options))).join('---\n');
}

/** Renders an object as the lines of a YAML document. */
export function yamlLines(object: unknown): readonly string[] {
  return renderYaml([object]).trimEnd().split('\n');
}

/** Puts strings with invisible characters in double quotes, because only these allow escapes. */
const quoteInvisible: ScalarStyleRule = (layout) => {
  if (hasInvisible(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

const options = {
  lineWidth: -1,
  noRefs: true,
  scalarStyleRules: [quoteInvisible, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)],
  // The schema writes bigints as integers.
  schema: new Schema(
    DUMP_SCHEMA.tags.map((tag) =>
      tag.tagName === intCoreTag.tagName
        ? { ...tag, identify: (value) => typeof value === 'bigint' || tag.identify(value) }
        : tag,
    ),
  ),
};

/** Renders one object as JSON, or several as a v1 List, as `kubectl get -o json` does. */
export function renderJson(objects: readonly unknown[]): string {
  const value =
    objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${escapeJson(JSON.stringify(value, null, 4))}\n`;
}
