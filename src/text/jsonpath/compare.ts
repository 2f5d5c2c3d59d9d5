import { isObject } from '../fields.ts';
import { noValue } from './go-value.ts';
import { TemplateError } from './template.ts';

/** Whether each operator holds for an order, which is negative, 0 or positive. */
const operators: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/**
 * Compares two values as a filter of kubectl does, with its error messages. Unlike kubectl, compares whole numbers with fractions,
 * because a number of cores is whole only by chance. Source: template, funcs.go of client-go.
 */
export function compare(left: unknown, operator: string, right: unknown): boolean {
  const isMet = operators[operator];
  if (!isMet) throw new TemplateError(`unrecognized filter operator ${operator}`);
  for (const value of [left, right])
    if (value === null || value === undefined || value === noValue || isObject(value))
      throw new TemplateError('invalid type for comparison');
  if (kindOf(left) !== kindOf(right)) throw new TemplateError('incompatible types for comparison');
  if (typeof left === 'boolean' && operator !== '==' && operator !== '!=')
    throw new TemplateError('invalid type for comparison');
  return isMet(orderOf(left, right));
}

function kindOf(value: unknown): string {
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** Returns the order of two texts, or of two values that JavaScript compares as numbers. */
function orderOf(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  // biome-ignore lint/suspicious/noDoubleEquals: 1 equals 1n, too
  return left == right ? 0 : (left as number) < (right as number) ? -1 : 1;
}
