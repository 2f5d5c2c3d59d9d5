import { isObject } from '../fields.ts';
import { noValue } from './go-value.ts';
import { TemplateError } from './template.ts';

type Operand = string | number | bigint | boolean;

/**
 * Compares two values as a filter of kubectl does, in its words where it cannot. Source: template, funcs.go of client-go. Whole
 * numbers and others can be compared, which kubectl refuses: that a number of cores is whole is chance.
 */
export function compare(left: unknown, operator: string, right: unknown): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '<':
      return isLess(left, right);
    case '<=':
      return isLess(left, right) || isEqual(left, right);
    case '>':
      return !(isLess(left, right) || isEqual(left, right));
    case '>=':
      return !isLess(left, right);
    default:
      throw new TemplateError(`unrecognized filter operator ${operator}`);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  const [a, b] = operands(left, right);
  // 1 equals 1n, too.
  // biome-ignore lint/suspicious/noDoubleEquals: both are of one kind
  return a == b;
}

function isLess(left: unknown, right: unknown): boolean {
  const [a, b] = operands(left, right);
  if (typeof a === 'boolean') throw new TemplateError('invalid type for comparison');
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  return a < b;
}

function operands(left: unknown, right: unknown): readonly [Operand, Operand] {
  const [a, b] = [operand(left), operand(right)];
  if (kindOf(a) !== kindOf(b)) throw new TemplateError('incompatible types for comparison');
  return [a, b];
}

function operand(value: unknown): Operand {
  if (value === null || value === undefined || value === noValue || isObject(value))
    throw new TemplateError('invalid type for comparison');
  return value as Operand;
}

function kindOf(value: Operand): string {
  return typeof value === 'bigint' ? 'number' : typeof value;
}
