import { isFields, isObject } from '../fields.ts';
import { compare } from './compare.ts';
import { entriesOf, goType, noValue, sprint } from './go-value.ts';
import {
  type Action,
  type Filter,
  type Slice,
  type Template,
  TemplateError,
  type TemplateNode,
} from './template.ts';

/** Values that one node of a template found. */
export type Found = readonly unknown[];

/** Why a node cannot be applied, and what it gives all the same: a filter for what exists does not ask for errors. */
class Stopped extends TemplateError {
  readonly values: Found;

  constructor(message: string, values: Found) {
    super(message);
    this.values = values;
  }
}

/** The values of an action; an action that stops gives `values`. */
function orStopped<T>(values: Found, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new Stopped(error.message, values) : error;
  }
}

/**
 * What each node of a template finds in a value, in the order in which it is printed; missing keys are no error. Throws a
 * TemplateError. Source: jsonpath, jsonpath.go, FindResults.
 */
export function evaluate(template: Template, value: unknown): readonly Found[] {
  return new Evaluation(template).results(value, 0);
}

/** As kubectl has it, an `end` is found while nodes are applied: it is known only afterwards where a range ends. */
class Evaluation {
  readonly #template: Template;
  /** Ranges that begin with the current node. */
  #begins = 0;
  /** Ranges in which the current node is. */
  #depth = 0;
  /** Ranges that end with the current node. */
  #ends = 0;
  #lastEnd = -1;

  constructor(template: Template) {
    this.#template = template;
  }

  results(value: unknown, from: number): readonly Found[] {
    const results: Found[] = [];
    for (let index = from; index < this.#template.length; index += 1) {
      const found = this.#walk([value], this.#template[index] as TemplateNode);
      if (this.#ends > 0 && this.#ends <= this.#depth) {
        this.#ends -= 1;
        this.#lastEnd = index;
        break;
      }
      if (this.#begins === 0) {
        results.push(found);
        continue;
      }
      this.#begins -= 1;
      this.#depth += 1;
      for (const each of found) results.push(...this.results(each ?? noValue, index + 1));
      // Also of an empty list it must be known where its range ends.
      if (found.length === 0) this.results(noValue, index + 1);
      this.#depth -= 1;
      if (this.#lastEnd > index) index = this.#lastEnd;
    }
    return results;
  }

  #walk(values: Found, node: TemplateNode): Found {
    switch (node.kind) {
      case 'action':
        return this.#action(values, node);
      case 'text':
        return [node.text];
      case 'number':
      case 'boolean':
        return values.map(() => node.value);
      case 'field':
        return values.flatMap((value) => fieldOf(value, node.name));
      case 'wildcard':
        return values.flatMap(partsOf);
      case 'recursive':
        return descendants(values);
      case 'slice':
        return values.flatMap((value) => slice(value, node.slice, values));
      case 'union':
        return this.#union(values, node.actions);
      case 'filter':
        return this.#filter(values, node.filter);
      case 'identifier':
        return this.#identifier(values, node.name);
    }
  }

  #action(values: Found, { nodes }: Action): Found {
    return nodes.reduce((found, node) => this.#walk(found, node), values);
  }

  #union(values: Found, actions: readonly Action[]): Found {
    return orStopped(values, () => actions.flatMap((action) => this.#action(values, action)));
  }

  #identifier(values: Found, name: string): Found {
    if (name === 'range') {
      this.#begins += 1;
      return values;
    }
    if (name !== 'end') throw new Stopped(`unrecognized identifier ${name}`, values);
    if (this.#depth === 0) throw new Stopped('not in range, nothing to end', []);
    this.#ends += 1;
    return [];
  }

  #filter(values: Found, filter: Filter): Found {
    const results: unknown[] = [];
    for (const value of values) {
      if (!Array.isArray(value))
        throw new Stopped(`${sprint(value)} is not array or slice and cannot be filtered`, values);
      for (const item of value as readonly unknown[])
        if (this.#passes(item, filter, values, results)) results.push(item);
    }
    return results;
  }

  #passes(
    item: unknown,
    { left, right, operator }: Filter,
    values: Found,
    results: Found,
  ): boolean {
    if (!right) return this.#leftOf(item, left).length > 0;
    const lefts = this.#operand(item, left, values);
    if (lefts.length === 0) return false;
    const rights = this.#operand(item, right, values);
    if (rights.length === 0) return false;
    return orStopped(results, () => compare(lefts[0], operator, rights[0]));
  }

  #leftOf(item: unknown, left: Action): Found {
    try {
      return this.#action([item], left);
    } catch (error) {
      if (error instanceof Stopped) return error.values;
      throw error;
    }
  }

  #operand(item: unknown, action: Action, values: Found): Found {
    const found = orStopped(values, () => this.#action([item], action));
    if (found.length > 1) throw new Stopped('can only compare one element at a time', values);
    return found;
  }
}

function fieldOf(value: unknown, name: string): Found {
  const field = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return field === undefined ? [] : [field];
}

/** The parts of a string are its bytes. */
function partsOf(value: unknown): Found {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...Buffer.from(value)];
  return isObject(value) ? entriesOf(value).map(([, each]) => each) : [];
}

/** Values that have parts, each before its parts. */
function descendants(values: Found): Found {
  return values.flatMap((value) => {
    const parts = partsOf(value);
    return parts.length === 0 ? [] : [value, ...descendants(parts)];
  });
}

function slice(value: unknown, wanted: Slice, values: Found): Found {
  if (value === null) return [];
  // There kubectl ends with a panic.
  if (value === noValue) throw new Stopped('no value is not array or slice', values);
  if (!Array.isArray(value)) throw new Stopped(`${goType(value)} is not array or slice`, values);
  const { length } = value;
  let { start = 0, end = length } = wanted;
  const { step = 1, isIndex } = wanted;
  if (start < 0) start += length;
  if (end < 0 || (end === 0 && isIndex)) end += length;
  // kubectl leaves out what follows an empty list, too.
  if (start === end) return [];
  const outside = (index: number) =>
    new Stopped(`array index out of bounds: index ${index}, length ${length}`, values);
  if (start >= length || start < 0) throw outside(start);
  if (end > length || end < 0) throw outside(end - 1);
  if (start > end)
    throw new Stopped(`starting index ${start} is greater than ending index ${end}`, values);
  if (step <= 0) throw new Stopped('step must be > 0', values);
  return (value as readonly unknown[]).slice(start, end).filter((_, index) => index % step === 0);
}
