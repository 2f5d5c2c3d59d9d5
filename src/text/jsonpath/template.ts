import { noValue } from './go-value.ts';

/**
 * A parsed template of kubectl's `-o jsonpath`. Its nodes are literal texts, and actions in braces. Source: node.go of client-go's
 * jsonpath.
 */
export type Template = readonly TemplateNode[];

/** The values that a node of a template found. */
export type Found = readonly unknown[];

/** Gets the values that the previous node found, and returns the values that it finds in them. Throws a TemplateError. */
export type TemplateNode = (values: Found, ranges: Ranges) => Found;

/**
 * Counters of `range` and `end` during the evaluation of a template. They are needed because only running the nodes of a range shows where
 * it ends.
 */
interface Ranges {
  /** Number of ranges that the current node has begun. */
  begins: number;
  /** Number of ranges around the current node. */
  depth: number;
  /** Number of ranges that the current node has ended. */
  ends: number;
}

/** An error while parsing or evaluating a template, with kubectl's message. */
export class TemplateError extends Error {
  /**
   * Whether kubectl's parser returns a value together with this error. If so, an existence filter such as `[?(@.name)]` keeps the
   * item despite the error.
   */
  readonly hasValue: boolean;

  constructor(message: string, hasValue = true) {
    super(message);
    this.hasValue = hasValue;
  }
}

/**
 * Evaluates a template for a value. Returns the results of its nodes in the order in which they are printed. Throws a TemplateError.
 * Source: FindResults in jsonpath.go of client-go.
 */
export function evaluate(template: Template, value: unknown): readonly Found[] {
  const ranges: Ranges = { begins: 0, depth: 0, ends: 0 };
  let lastEnd = -1;
  const resultsFrom = (from: number, values: Found): readonly Found[] => {
    const results: Found[] = [];
    for (let index = from; index < template.length; index += 1) {
      const found = template[index]?.(values, ranges) ?? [];
      if (ranges.ends > 0 && ranges.ends <= ranges.depth) {
        ranges.ends -= 1;
        lastEnd = index;
        break;
      }
      if (ranges.begins === 0) {
        results.push(found);
        continue;
      }
      ranges.begins -= 1;
      ranges.depth += 1;
      for (const each of found) results.push(...resultsFrom(index + 1, [each ?? noValue]));
      // For an empty list, the nodes of the range run once, only to find its end. Their results are dropped.
      if (found.length === 0) resultsFrom(index + 1, [noValue]);
      ranges.depth -= 1;
      if (lastEnd > index) index = lastEnd;
    }
    return results;
  };
  return resultsFrom(0, [value]);
}
