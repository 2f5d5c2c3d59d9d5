import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CompletedConfig,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  EnumType,
  SchemaGenerator,
  type SubNodeParser,
} from 'ts-json-schema-generator';
import { root } from './paths.ts';

/** The objects of `-o json`: the type that describes each, and where it is. */
const sources = [
  { kind: 'KubeletAccessReport', path: 'src/commands/status/report.ts', type: 'Report' },
  { kind: 'KubeletAgentReport', path: 'src/commands/status/agent-report.ts', type: 'AgentReport' },
  { kind: 'KubeletAuditReport', path: 'src/commands/audit/report.ts', type: 'AuditReport' },
  {
    kind: 'KubeletErrorExplanation',
    path: 'src/kubelet/explain/explanation.ts',
    type: 'Explanation',
  },
  { kind: 'KubeletResponseList', path: 'src/commands/curl/envelope.ts', type: 'ResponseList' },
  ...rowLists(),
  { kind: 'KubeletErrorCause', path: 'src/commands/explain/page.ts', type: 'CausePage' },
  { kind: 'KubeletAuditRule', path: 'src/commands/explain/page.ts', type: 'RulePage' },
  { kind: 'KubeletWord', path: 'src/commands/explain/page.ts', type: 'WordPage' },
];

/** All types that row-lists.ts exports. */
function rowLists() {
  const path = 'scripts/row-lists.ts';
  const found = readFileSync(join(root, path), 'utf8').matchAll(/^export type (\w+)/gm);
  return Array.from(found, ([, type = '']) => ({ kind: `Kubelet${type}`, path, type }));
}

/** The files of the schemas, in docs. */
export const schemaNames: readonly string[] = sources.map(({ kind }) => nameOf(kind));

/** The JSON Schemas of docs, by file name, generated from the types. Doc comments become descriptions. */
export function renderSchemas(): ReadonlyMap<string, string> {
  const generator = schemaGenerator([...new Set(sources.map(({ path }) => path))]);
  return new Map(
    sources.map(({ kind, type }) => {
      const { definitions, $schema: _, ...schema } = generator.createSchema(type);
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
      return [nameOf(kind), `${text.replaceAll('"#/definitions/', '"#/$defs/')}\n`];
    }),
  );
}

function nameOf(kind: string): string {
  return `schemas/${kind}.schema.json`;
}

/** One program for all types: making one takes a second. */
function schemaGenerator(paths: readonly string[]): SchemaGenerator {
  const config: CompletedConfig = {
    ...DEFAULT_CONFIG,
    path: join(root, `{${paths.join()}}`),
    tsconfig: join(root, 'tsconfig.json'),
    topRef: false,
    additionalProperties: false,
    sortProps: false,
    skipTypeCheck: true,
    // A doc comment is shown as it is, and only tags such as @format say more.
    jsDoc: 'extended',
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => {
    chain.addNodeParser(keysOfTable(program));
  });
  return new SchemaGenerator(program, parser, createFormatter(config), config);
}

/** `keyof typeof table`, by the type checker: the generator itself reads no table that others are spread into. */
function keysOfTable(program: ReturnType<typeof createProgram>): SubNodeParser {
  return {
    supportsNode: (node) => /^keyof typeof \w+$/.test(node.getText()),
    createType: (node) => {
      const [, table] = node.getChildren();
      const type = program.getTypeChecker().getTypeAtLocation(table ?? node);
      const names = type.getProperties().map(({ name }) => name);
      return new EnumType(names.join(), names);
    },
  };
}
