import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { root } from './paths.ts';

/** The objects of `-o json`: the type that describes each, and where it is. */
const sources = [
  { kind: 'KubeletAccessReport', path: 'src/commands/status/report.ts', type: 'Report' },
  { kind: 'KubeletAuditReport', path: 'src/commands/audit/report.ts', type: 'AuditReport' },
] as const;

/** The JSON Schemas of docs, by file name, generated from the types. Doc comments become descriptions. */
export function renderSchemas(): ReadonlyMap<string, string> {
  return new Map(
    sources.map(({ kind, path, type }) => {
      const {
        definitions,
        $schema: _,
        ...schema
      } = createGenerator({
        path: join(root, path),
        tsconfig: join(root, 'tsconfig.json'),
        type,
        topRef: false,
        additionalProperties: false,
        sortProps: false,
        skipTypeCheck: true,
        // A doc comment is shown as it is, and only tags such as @format say more.
        jsDoc: 'extended',
      }).createSchema(type);
      const text = JSON.stringify(
        {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          $id: `urn:kubeletaccess:v1:${kind}`,
          title: kind,
          ...schema,
          $defs: definitions,
        },
        null,
        2,
      );
      return [`${kind}.schema.json`, `${text.replaceAll('"#/definitions/', '"#/$defs/')}\n`];
    }),
  );
}
