import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { root } from '../../scripts/paths.ts';
import { schemaNames } from '../../scripts/schemas.ts';
import { auditRules } from '../../src/kubelet/audit-rules.ts';
import { causes } from '../../src/kubelet/causes/all-causes.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';

type Schema = Readonly<Record<string, unknown>>;

function* inside(schema: unknown, path: string): Generator<readonly [string, Schema]> {
  if (typeof schema !== 'object' || schema === null) return;
  yield [path, schema as Schema];
  for (const [key, value] of Object.entries(schema)) yield* inside(value, `${path}/${key}`);
}

const texts = [
  'Error from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])',
  'Error from server: Get "https://10.0.0.1:10250/containerLogs/a/b/c": dial tcp 10.0.0.1:10250: connect: connection refused',
  'nodes "node-1" is forbidden: User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
  'error: unable to upgrade connection: Unauthorized',
];

suite('the JSON Schemas of explain', (test) => {
  for (const text of texts)
    test(`match the output for: ${text.slice(0, 60)}`, async () => {
      const { code, stdout } = await runTool(['explain', text, '-o', 'json']);
      assert.is(code, 0);
      const schema = join(docs, 'schemas/KubeletErrorExplanation.schema.json');
      assert.equal(schemaErrors(schema, JSON.parse(stdout)), []);
    });

  for (const [kind, names] of [
    ['KubeletErrorCause', causes],
    ['KubeletAuditRule', auditRules.map(({ id }) => id)],
  ] as const)
    test(`match the output of explain for every ${kind}`, async () => {
      for (const name of names) {
        const { stdout } = await runTool(['explain', name, '-o', 'json']);
        const schema = join(docs, `schemas/${kind}.schema.json`);
        assert.equal(schemaErrors(schema, JSON.parse(stdout)), [], name);
      }
    });
});

suite('the JSON Schemas', (test) => {
  for (const name of schemaNames) {
    const all = [...inside(JSON.parse(readFileSync(join(docs, name), 'utf8')), name)];

    test(`${name} allows no additional fields, and each object has required fields`, () => {
      const objects = all.filter(([, { type }]) => type === 'object');
      assert.ok(objects.length > 0);
      for (const [path, { additionalProperties, required }] of objects) {
        // Skips the schema of a map. It has any keys, and one schema for all values.
        if (typeof additionalProperties === 'object') continue;
        assert.is(additionalProperties, false, path);
        assert.ok(Array.isArray(required) && required.length > 0, path);
      }
    });

    test(`${name} has a type for every value`, () => {
      // The body of a response is any text or JSON, and a setting may have any type.
      const isSetting = /(?:Setting\w*|Baseline\w*)List/.test(name);
      const untyped = isSetting ? ['value', 'baseline'] : ['body'];
      const isUntyped = (path: string) =>
        untyped.some((each) => path.endsWith(`/properties/${each}`));
      for (const [path, schema] of all)
        if (/\/properties\/\w+$/.test(path) && !isUntyped(path))
          assert.ok(
            ['type', '$ref', 'anyOf', 'enum'].some((key) => key in schema),
            path,
          );
    });

    test(`${name} has the date-time format for times, and integers for durations, sizes and HTTP statuses`, () => {
      for (const [path, { format, type }] of all) {
        if (/\/(?:time|notBefore|notAfter|expires)$/.test(path))
          assert.is(format, 'date-time', path);
        const isCode = path.endsWith('/httpStatus');
        if (isCode || /\/(?:\w+Ms|ms|bytes|daysLeft)$/.test(path)) assert.is(type, 'integer', path);
      }
    });
  }

  test('exist for every kind that commands print', () => {
    const kinds = globSync('src/**/*.ts', { cwd: root }).flatMap((name) =>
      [...readFileSync(join(root, name), 'utf8').matchAll(/kind: '(Kubelet[A-Z]\w+)'/g)].map(
        ([, kind = '']) => `schemas/${kind}.schema.json`,
      ),
    );
    assert.ok(kinds.length > 30);
    assert.equal(
      [...new Set(kinds)].filter((name) => !schemaNames.includes(name)),
      [],
    );
  });
});
