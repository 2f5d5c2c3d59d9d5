import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { schemaNames } from '../../scripts/schemas.ts';
import { apiVersion } from '../../src/text/api-version.ts';
import { suite } from '../kit/suite.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const schemas = schemaNames.map((name) => ({
  name,
  schema: JSON.parse(readFileSync(join(docs, name), 'utf8')) as Schema,
}));

/** Words of a sentence, which name no thing. */
const sentenceWords =
  /^(?:because|can|enough|flavour|gets|gives|lacks|needs|what|where|which|who|whose|why|words)(?:[A-Z]|$)/;

/** Keys whose type differs: values that kubelets report in any type, and permissions as words in rows and as objects in audit. */
const anyType = ['value', 'baseline', 'body', 'items', 'permissions'];

function* inside(value: unknown): Generator<Schema> {
  if (typeof value !== 'object' || value === null) return;
  yield value;
  for (const each of Object.values(value)) yield* inside(each);
}

function* keysOf(schema: Schema): Generator<readonly [string, Schema]> {
  for (const { properties } of inside(schema))
    if (properties && !('type' in properties && typeof properties['type'] === 'string'))
      yield* Object.entries(properties);
}

function typesOf(schema: Schema, root: Schema): readonly string[] {
  const { $ref, type, anyOf, items } = schema;
  if ($ref !== undefined) {
    const target = root.$defs?.[decodeURIComponent($ref.replace('#/$defs/', ''))];
    return target ? typesOf(target, root) : [$ref];
  }
  if (anyOf) return anyOf.flatMap((each) => typesOf(each, root));
  return [type ?? 'any'].flat().flatMap((each) => {
    if (each === 'null') return [];
    if (each === 'integer') return ['number'];
    return each === 'array' && items ? typesOf(items, root).map((item) => `${item}[]`) : [each];
  });
}

suite('names in JSON', (test) => {
  for (const { name, schema } of schemas)
    test(`${name}: has its apiVersion, enums without blanks, and nouns as keys`, () => {
      assert.is(schema.properties?.['apiVersion']?.const, apiVersion);
      for (const each of inside(schema))
        for (const word of [each.enum ?? [], each.const ?? []].flat())
          assert.not.match(String(word), /\s/);
      const keys = [...new Set([...keysOf(schema)].map(([key]) => key))];
      assert.equal(
        keys.filter((key) => /^is[A-Z]/.test(key) || sentenceWords.test(key)),
        [],
      );
    });

  test('have one type in all kinds', () => {
    const found = new Map<string, Set<string>>();
    for (const { schema } of schemas)
      for (const [key, value] of keysOf(schema)) {
        const types = found.get(key) ?? new Set();
        for (const type of typesOf(value, schema)) types.add(type);
        found.set(key, types);
      }
    assert.ok(found.size > 200);
    assert.equal(
      [...found].flatMap(([key, types]) =>
        types.size > 1 && !anyType.includes(key) ? `${key}: ${[...types].join(', ')}` : [],
      ),
      [],
    );
  });
});
