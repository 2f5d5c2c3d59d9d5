import { isFields, isObject } from '../fields.ts';
import { entriesOf, goType, noValue, sprint } from './go-value.ts';
import { type Found, TemplateError, type TemplateNode } from './template.ts';

// Functions that return the nodes of templates. Source: jsonpath.go of client-go.

export function text(value: string): TemplateNode {
  return () => [value];
}

export function constant(value: number | bigint | boolean): TemplateNode {
  return (values) => values.map(() => value);
}

/** Returns the node for the text within braces. Each inner node gets the values that the previous inner node found. */
export function action(nodes: readonly TemplateNode[]): TemplateNode {
  return (values, ranges) => nodes.reduce((found, node) => node(found, ranges), values);
}

export function union(actions: readonly TemplateNode[]): TemplateNode {
  return (values, ranges) => actions.flatMap((each) => each(values, ranges));
}

/** Returns the node for a field. If a value lacks the field, the node finds nothing; this is not an error. */
export function fieldNode(name: string): TemplateNode {
  return (values) =>
    values.flatMap((value) => {
      const own = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return own === undefined ? [] : [own];
    });
}

export const wildcard: TemplateNode = (values) => values.flatMap(partsOf);

/** The node for `..`, which finds all values that contain other values. Each value comes before the values in it. */
export const descendants = (values: Found): Found =>
  values.flatMap((value) => {
    const parts = partsOf(value);
    return parts.length === 0 ? [] : [value, ...descendants(parts)];
  });

function partsOf(value: unknown): Found {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...Buffer.from(value)];
  return isObject(value) ? entriesOf(value).map(([, each]) => each) : [];
}

/** Returns the node for `range` or `end`; throws for any other word. */
export function identifier(name: string): TemplateNode {
  return (values, ranges) => {
    if (name === 'range') {
      ranges.begins += 1;
      return values;
    }
    if (name !== 'end')
      throw new TemplateError(`unrecognized identifier ${name}`, values.length > 0);
    if (ranges.depth === 0) throw new TemplateError('not in range, nothing to end', false);
    ranges.ends += 1;
    return [];
  };
}

/**
 * Returns the node for `[?(LEFT OPERATOR RIGHT)]`. Without an operator, the node keeps the items in which LEFT finds a value; an error that
 * LEFT meets after this value is ignored.
 */
export function filter(left: TemplateNode, operator = '', right?: TemplateNode): TemplateNode {
  return (values, ranges) => {
    const find = (item: unknown, side: TemplateNode) => {
      const found = side([item], ranges);
      if (found.length > 1) throw new TemplateError('can only compare one element at a time');
      return found;
    };
    const exists = (item: unknown) => {
      try {
        return left([item], ranges).length > 0;
      } catch (error) {
        if (error instanceof TemplateError) return error.hasValue;
        throw error;
      }
    };
    const passes = (item: unknown) => {
      if (!right) return exists(item);
      const lefts = find(item, left);
      const rights = lefts.length === 0 ? [] : find(item, right);
      return rights.length > 0 && compare(lefts[0], operator, rights[0]);
    };
    return values.flatMap((value) => {
      if (Array.isArray(value)) return (value as Found).filter(passes);
      throw new TemplateError(`${sprint(value)} is not array or slice and cannot be filtered`);
    });
  };
}

/** A slice `[START:END:STEP]` of a list. `[2]` is the same as `[2:3]`. */
export interface Slice {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly step: number | undefined;
  /** Whether the template has an index, such as `[-1]`, instead of a slice. An `end` of 0 then means the end of the list. */
  readonly isIndex: boolean;
}

export function slice(wanted: Slice): TemplateNode {
  return (values) => values.flatMap((value) => sliceOf(value, wanted));
}

function sliceOf(value: unknown, { start: first = 0, end: last, step = 1, isIndex }: Slice): Found {
  if (value === null) return [];
  if (!Array.isArray(value)) {
    // Within an empty range, kubectl panics here.
    const type = value === noValue ? 'no value' : goType(value);
    throw new TemplateError(`${type} is not array or slice`);
  }
  const { length } = value;
  const start = first < 0 ? first + length : first;
  const isFromEnd = last !== undefined && (last < 0 || (last === 0 && isIndex));
  const end = isFromEnd ? last + length : (last ?? length);
  // An empty slice is not an error: kubectl still runs the other nodes of the template, but they find nothing.
  if (start === end) return [];
  const outside = (index: number) =>
    new TemplateError(`array index out of bounds: index ${index}, length ${length}`);
  if (start >= length || start < 0) throw outside(start);
  if (end > length || end < 0) throw outside(end - 1);
  if (start > end)
    throw new TemplateError(`starting index ${start} is greater than ending index ${end}`);
  if (step <= 0) throw new TemplateError('step must be > 0');
  return (value as Found).slice(start, end).filter((_, index) => index % step === 0);
}

/**
 * Whether a comparison is true, by operator. `order` is negative, 0 or positive if the left value is less than, equal to, or
 * greater than the right one.
 */
const operators: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/**
 * Compares two values as a filter of kubectl does, with its error messages. Unlike kubectl, also compares a whole number with a fraction,
 * because numbers such as CPU cores may be either. Source: template/funcs.go of client-go.
 */
function compare(left: unknown, operator: string, right: unknown): boolean {
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

function orderOf(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  // biome-ignore lint/suspicious/noDoubleEquals: 1 equals 1n, too
  return left == right ? 0 : (left as number) < (right as number) ? -1 : 1;
}
