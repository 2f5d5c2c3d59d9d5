import { noValue } from './go-value.ts';

/** A parsed template of kubectl's `-o jsonpath`: literal texts and actions in braces. Source: k8s.io/client-go/util/jsonpath, node.go. */
export type Template = readonly TemplateNode[];

/** The values that a node of a template found. */
export type Found = readonly unknown[];

/** Takes the values of the node before it, and returns the values that it finds in them. Throws a TemplateError. */
export type TemplateNode = (values: Found, ranges: Ranges) => Found;

/** Counters of `range` and `end` while a template is evaluated: the end of a range is found only by running its nodes. */
interface Ranges {
  /** Number of ranges that the current node begins. */
  begins: number;
  /** Number of ranges around the current node. */
  depth: number;
  /** Number of ranges that the current node ends. */
  ends: number;
}

/** An error of parsing or evaluating a template, with kubectl's message. */
export class TemplateError extends Error {
  /** False when kubectl returns no value with the error: a filter without an operator then drops the item. */
  readonly hasValue: boolean;

  constructor(message: string, hasValue = true) {
    super(message);
    this.hasValue = hasValue;
  }
}

/**
 * Returns the results of the nodes of a template for a value, in printed order. Throws a TemplateError. Source: jsonpath, jsonpath.go,
 * FindResults.
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
      // For an empty list, the nodes run once without their results, to find the end of the range.
      if (found.length === 0) resultsFrom(index + 1, [noValue]);
      ranges.depth -= 1;
      if (lastEnd > index) index = lastEnd;
    }
    return results;
  };
  return resultsFrom(0, [value]);
}
