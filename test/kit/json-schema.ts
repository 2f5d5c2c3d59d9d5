import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Cached, because compilation takes longer than any validation. */
const compiled = new Map<string, ValidateFunction>();

export function schemaErrors(path: string, value: unknown): readonly string[] {
  const validate = compiled.get(path) ?? compile(path);
  compiled.set(path, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function compile(path: string): ValidateFunction {
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { $schema: string };
  const Validator = schema.$schema.includes('2020-12') ? Ajv2020 : Ajv;
  const ajv = new Validator({ allErrors: true, strict: false });
  formats.default(ajv);
  return ajv.compile(schema);
}
