import type * as v from '@badrap/valita';
import { attempt } from './attempt.ts';
import type { Fields } from './text/fields.ts';

/** A decoded value, or its problem: `items[3].roleRef.name: expected string, got number`. */
export type Checked<T> =
  | { readonly decoded: { readonly value: T }; readonly problem?: undefined }
  | { readonly problem: string; readonly decoded?: undefined };

export function mapChecked<T, U>(checked: Checked<T>, make: (value: T) => U): Checked<U> {
  return checked.decoded ? { decoded: { value: make(checked.decoded.value) } } : checked;
}

export interface CheckOptions {
  /** Whether fields that the type does not name are kept. */
  readonly whole?: boolean;
  readonly at?: string;
  /** Name of fields whose values are kept unchanged, nulls included. */
  readonly asIs?: string;
}

/** Limit that no object of the API reaches. Deeper objects could overflow the stack when they are written back. */
const mostLevels = 50;

/**
 * Checks JSON from a server or file, and removes its null fields in place, because in Go a null field is absent. No type may change a
 * value, because valita would then return a copy that lacks the fields that the type does not name.
 */
export function checkType<T>(
  type: v.Type<T>,
  value: unknown,
  { whole = false, at = '', asIs = '' }: CheckOptions = {},
): Checked<T> {
  if (!removeNulls(value, mostLevels, asIs)) return { problem: `${at || 'it'}: nested too deeply` };
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

/** Returns false, and stops, at a value that is too deep. */
function removeNulls(value: unknown, levels: number, asIs: string): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  // Object.values takes a fraction of the time of looking up each field by its name.
  const isArray = Array.isArray(value);
  const inners: readonly unknown[] = isArray ? value : Object.values(value);
  const kept = asIs === '' || isArray ? undefined : (value as Fields)[asIs];
  let hasNull = false;
  for (const inner of inners) {
    if (inner === null) hasNull = true;
    else if (typeof inner === 'object' && inner !== kept && !removeNulls(inner, levels - 1, asIs))
      return false;
  }
  if (hasNull && !isArray) deleteNulls(value as Record<string, unknown>);
  return true;
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
