import { escapeJson } from './escape.ts';
import { type Fields, isObject } from './fields.ts';
import { exactJson } from './json.ts';
import { renderYaml } from './serialize.ts';

/**
 * Renders an object like renderJson, but yields the text in parts, because a report may have tens of thousands of entries. Lists may be
 * iterators, and numbers may be bigints.
 */
export function* jsonParts(value: unknown, indent = ''): Generator<string> {
  if (!hasParts(value)) yield escapeJson(exactJson(value, 4)).replaceAll('\n', `\n${indent}`);
  else {
    const list =
      value instanceof Iterator ? value : Array.isArray(value) ? value.values() : undefined;
    const inner = `${indent}    `;
    let separator = list ? '[\n' : '{\n';
    for (const [key, entry] of list?.map((each) => ['', each]) ?? Object.entries(value)) {
      if (entry === undefined) continue;
      yield separator + inner + (list ? '' : `${escapeJson(JSON.stringify(key))}: `);
      yield* jsonParts(entry, inner);
      separator = ',\n';
    }
    // No item was printed if the separator has not changed: the list is empty.
    yield separator === '[\n' ? '[]' : `\n${indent}${list ? ']' : '}'}`;
  }
  if (indent === '') yield '\n';
}

/** Renders an object like renderYaml, but yields the text in parts. */
export function* yamlParts(fields: Fields, indent = ''): Generator<string> {
  for (const [key, value] of Object.entries(fields)) {
    // A field whose key needs quotes is left to renderYaml.
    if (!Array.isArray(value) || !hasParts(value) || !/^\w+$/.test(key)) {
      yield indented(renderYaml([{ [key]: value }]), indent);
      continue;
    }
    yield indented(renderYaml([{ [key]: [] }]).replace(/ \[\]\n$/, '\n'), indent);
    for (const item of value as readonly unknown[]) yield* itemParts(item, `${indent}  `);
  }
}

function* itemParts(item: unknown, indent: string): Generator<string> {
  if (!hasParts(item) || Array.isArray(item)) {
    yield indented(renderYaml([[item]]), indent);
    return;
  }
  let isFirst = true;
  for (const part of yamlParts(item as Fields, `${indent}  `)) {
    yield isFirst ? `${indent}- ${part.slice(indent.length + 2)}` : part;
    isFirst = false;
  }
}

/** Whether a value contains a list or object that itself contains a list or object. */
function hasParts(value: unknown): value is object {
  if (!isObject(value)) return false;
  if (value instanceof Iterator) return true;
  return Object.values(value).some(
    (entry) =>
      isObject(entry) &&
      (Array.isArray(value) || entry instanceof Iterator || Object.values(entry).some(isObject)),
  );
}

/** Indents all lines except empty ones. */
function indented(text: string, indent: string): string {
  return text.replaceAll(/^(?=.)/gm, indent);
}
