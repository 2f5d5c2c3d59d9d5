import { noValue } from './go-value.ts';
import type { Found, Ranges, Template } from './template.ts';

/**
 * What each node of a template finds in a value, in the order in which it is printed. Throws a TemplateError. Source: jsonpath,
 * jsonpath.go, FindResults.
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
      // Also of an empty list it must be known where its range ends.
      if (found.length === 0) resultsFrom(index + 1, [noValue]);
      ranges.depth -= 1;
      if (lastEnd > index) index = lastEnd;
    }
    return results;
  };
  return resultsFrom(0, [value]);
}
