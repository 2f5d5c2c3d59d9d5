import { dump } from 'js-yaml';

/** One object as YAML, or several as documents. Keeps the order of keys. */
export function renderYaml(objects: readonly unknown[]): string {
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n');
}

/** One object as JSON, or several as a v1 List, as `kubectl get -o json` prints them. */
export function renderJson(objects: readonly unknown[]): string {
  const value =
    objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${JSON.stringify(value, null, 4)}\n`;
}
