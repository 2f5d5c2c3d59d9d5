import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { renderSchemas } from '../../scripts/schemas.ts';
import { suite } from '../kit/suite.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Every schema inside a schema, with its path. */
function* inside(schema: unknown, path: string): Generator<readonly [string, Schema]> {
  if (typeof schema !== 'object' || schema === null) return;
  yield [path, schema as Schema];
  for (const [key, value] of Object.entries(schema)) yield* inside(value, `${path}/${key}`);
}

suite('the JSON Schemas', (test) => {
  for (const name of renderSchemas().keys()) {
    const all = [...inside(JSON.parse(readFileSync(join(docs, name), 'utf8')), name)];

    test(`${name} closes every object and requires all but optional fields`, () => {
      const objects = all.filter(([, { type }]) => type === 'object');
      assert.ok(objects.length > 5);
      for (const [path, { additionalProperties, required }] of objects) {
        assert.is(additionalProperties, false, path);
        assert.ok(Array.isArray(required) && required.length > 0, path);
      }
    });

    test(`${name} has a type for every value`, () => {
      for (const [path, schema] of all)
        if (/\/properties\/\w+$/.test(path))
          assert.ok(
            ['type', '$ref', 'anyOf', 'enum'].some((key) => key in schema),
            path,
          );
    });

    test(`${name} has formats of times and whole numbers`, () => {
      for (const [path, { format, type }] of all) {
        if (/\/(?:time|notBefore|notAfter|expires)$/.test(path))
          assert.is(format, 'date-time', path);
        if (/\/(?:ms|daysLeft)$/.test(path)) assert.is(type, 'integer', path);
      }
    });
  }
});
