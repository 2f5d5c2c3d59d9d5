import { escapeControl, escapeJson } from '../escape.ts';
import type { Found } from './evaluate.ts';
import { goJson, isObject, noValue, sprint } from './go-value.ts';

/** What kubectl prints with -o jsonpath: a text as it is, a list or an object as JSON, several with a blank between. */
export function printFound(results: readonly Found[]): string {
  return results.map((found) => found.map(printValue).join(' ')).join('');
}

/** What kubectl prints with -o jsonpath-as-json: a list for each node of the template. */
export function printFoundAsJson(results: readonly Found[]): string {
  return results.map((found) => `${escapeJson(goJson(found, '    '))}\n`).join('');
}

function printValue(value: unknown): string {
  if (isObject(value)) return escapeJson(goJson(value));
  if (value === noValue) return '<no value>';
  return value === null ? 'null' : escapeControl(sprint(value));
}
