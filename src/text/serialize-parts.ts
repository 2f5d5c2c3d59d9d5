import { escapeJson } from './escape.ts';
import type { Fields } from './fields.ts';
import { renderYaml } from './serialize.ts';

/** What renderJson makes of one object, in parts: a report may have tens of thousands of entries. */
export function* jsonParts(value: unknown, indent = ''): Generator<string> {
  if (!hasParts(value)) {
    const text = escapeJson(JSON.stringify(value, null, 4));
    yield text.replaceAll('\n', `\n${indent}`);
  } else {
    const isList = Array.isArray(value);
    const inner = `${indent}    `;
    let separator = isList ? '[\n' : '{\n';
    for (const [key, entry] of Object.entries(value)) {
      if (entry === undefined) continue;
      yield separator + inner + (isList ? '' : `${escapeJson(JSON.stringify(key))}: `);
      yield* jsonParts(entry, inner);
      separator = ',\n';
    }
    yield `\n${indent}${isList ? ']' : '}'}`;
  }
  if (indent === '') yield '\n';
}

/** What renderYaml makes of one object, in parts. */
export function* yamlParts(fields: Fields, indent = ''): Generator<string> {
  for (const [key, value] of Object.entries(fields)) {
    // A key of several lines has another form.
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

/** Whether something holds lists or objects that hold others. */
function hasParts(value: unknown): value is object {
  if (!isComposite(value)) return false;
  return Object.values(value).some(
    (entry) =>
      isComposite(entry) && (Array.isArray(value) || Object.values(entry).some(isComposite)),
  );
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Empty lines stay empty. */
function indented(text: string, indent: string): string {
  return text.replaceAll(/^(?=.)/gm, indent);
}
