import {
  boolYaml11Tag,
  CORE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  loadAll,
  mergeTag,
  nullYaml11Tag,
} from 'js-yaml';

// YAML 1.1 without its dates, which Go's yaml.v2 leaves as text.
const schema = CORE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  intYaml11Tag,
  floatYaml11Tag,
  mergeTag,
);

/**
 * The documents of a text that kubectl reads as YAML. Of duplicate keys the last wins. Throws what js-yaml throws, which
 * quotes the text: whoever catches it must not repeat it.
 */
export function yamlDocuments(text: string): readonly unknown[] {
  return loadAll(text, { schema, json: true });
}
