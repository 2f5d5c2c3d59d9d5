import type * as v from '@badrap/valita';
import { attempt } from './attempt.ts';
import type { Fields } from './text/fields.ts';

/** A decoded value, or its problem: `items[3].roleRef.name: expected string, got number`. */
export type Checked<T> =
  | { readonly decoded: { readonly value: T }; readonly problem?: undefined }
  | {
      readonly problem: string;
      /** Set if the value has more levels or fields than any object of the API. */
      readonly isHuge?: true;
      readonly decoded?: undefined;
    };

export function mapChecked<T, U>(checked: Checked<T>, make: (value: T) => U): Checked<U> {
  return checked.decoded ? { decoded: { value: make(checked.decoded.value) } } : checked;
}

export interface CheckOptions {
  /** Whether fields that the type does not name are kept. */
  readonly whole?: boolean;
  readonly at?: string;
  readonly mostFields?: number;
  /** Name of fields whose values are kept unchanged, nulls included. */
  readonly asIs?: string;
}

/** Limits that no object of the API reaches. Deeper objects could overflow the stack when they are written back. */
const mostLevels = 50;
const usualFields = 10_000;

/**
 * Checks JSON from a server or file, and removes its null fields in place, because in Go a null field is absent. No type may change a
 * value, because valita would then return a copy that lacks the fields that the type does not name.
 */
export function checkType<T>(
  type: v.Type<T>,
  value: unknown,
  { whole = false, at = '', mostFields = usualFields, asIs = '' }: CheckOptions = {},
): Checked<T> {
  const shape = removeNulls(value, mostLevels, mostFields, asIs);
  if (shape !== 'usual') return { problem: `${at || 'it'}: ${shape}`, isHuge: true };
  const result = type.try(value, { mode: whole ? 'passthrough' : 'strip' });
  if (result.ok) return { decoded: { value: result.value } };
  try {
    return { problem: describeIssue(result.issues[0], value, at) };
  } catch (error) {
    // valita walks its issues recursively, so hundreds of thousands of issues overflow the stack.
    if (!(error instanceof RangeError)) throw error;
    return { problem: `${at || 'it'}: most fields are of another type than expected` };
  }
}

export function parseChecked<T>(
  type: v.Type<T>,
  text: string,
  options?: CheckOptions,
): T | undefined {
  return attempt(() => checkType(type, JSON.parse(text), options).decoded?.value);
}

type Shape = 'usual' | 'nested too deeply' | 'too many fields';

/** Stops at a value that is too deep or has too many fields. */
function removeNulls(value: unknown, levels: number, mostFields: number, asIs: string): Shape {
  if (typeof value !== 'object' || value === null) return 'usual';
  if (levels === 0) return 'nested too deeply';
  // Object.values takes a fraction of the time of looking up each field by its name.
  const isArray = Array.isArray(value);
  const inners: readonly unknown[] = isArray ? value : Object.values(value);
  if (inners.length > mostFields && !isArray) return 'too many fields';
  const kept = asIs === '' || isArray ? undefined : (value as Fields)[asIs];
  let hasNull = false;
  for (const inner of inners) {
    if (inner === null) hasNull = true;
    else if (typeof inner === 'object' && inner !== kept) {
      const shape = removeNulls(inner, levels - 1, mostFields, asIs);
      if (shape !== 'usual') return shape;
    }
  }
  if (hasNull && !isArray) deleteNulls(value as Record<string, unknown>);
  return 'usual';
}

function deleteNulls(fields: Record<string, unknown>): void {
  for (const key in fields) if (fields[key] === null) delete fields[key];
}

type Issue = v.Err['issues'][number];

function describeIssue(issue: Issue | undefined, value: unknown, at: string): string {
  if (!issue) return at;
  const path = issue.path.reduce<string>((joined, key) => joined + step(key), at);
  const where = path.replace(/^\./, '') || 'it';
  if (issue.code === 'missing_value') return `${where} is missing`;
  const found = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown>)[key],
    value,
  );
  return `${where}: ${expectation(issue)}, got ${typeName(found)}`;
}

function step(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[\w-]{1,100}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 100))}]`;
}

function expectation(issue: Issue): string {
  if (issue.code === 'custom_error') return issue.message ?? 'expected another value';
  if (issue.code === 'invalid_literal') return `expected ${JSON.stringify(issue.expected[0])}`;
  return `expected ${issue.code === 'invalid_type' ? issue.expected[0] : 'another value'}`;
}

export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'array' : typeof value;
}
