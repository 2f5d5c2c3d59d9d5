/** The object to which all templates are applied. Maps that wildcards select have only one key, because the order of keys may differ. */
export const templateData = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'given', labels: { 'k8s.io/role': 'a' } },
  nodes: [
    { name: 'node-1', ok: true, cpu: 4, load: 0.5, tags: ['x', 'y'], none: null },
    { name: 'node-2', ok: false, cpu: 8, load: 1.5, tags: ['z'] },
    { name: 'node-3', cpu: 16, load: 2.5, tags: ['w'] },
  ],
  mixed: [1, 2.5, null, true, 'text', { b: 1, a: '<&>' }, ['in', 'ner'], ''],
  numbers: [0, -1, 1234567, 1234567.5, 0.00001234, 123456.75],
  empty: [],
  one: { deep: { name: 'leaf' } },
  text: 'h\u00e9',
  null: null,
} as const;
