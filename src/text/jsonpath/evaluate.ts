import { noValue } from './go-value.ts';
import type { Found, Ranges, Template } from './template.ts';

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
