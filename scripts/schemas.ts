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
import { addressTypesView } from '../src/commands/certificates/address-types.ts';
import { certificatesView } from '../src/commands/certificates/rows.ts';
import { baselineView } from '../src/commands/diff/baseline-differences.ts';
import { diffTypes } from '../src/commands/diff/types.ts';
import { endpointsView, servedView } from '../src/commands/endpoints/rows.ts';
import { getTypes } from '../src/commands/get/types.ts';
import { grantsView } from '../src/commands/grants/rows.ts';
import { quantilesView } from '../src/commands/metrics/quantile-rows.ts';
import {
  labelCountsView,
  nodeCountsView,
  seriesCountsView,
  seriesGroupsView,
} from '../src/commands/metrics/series-counts.ts';
import { seriesView } from '../src/commands/metrics/series-rows.ts';
import { parseSumBy } from '../src/commands/metrics/sum-by.ts';
import type { Described, DescribedView } from '../src/commands/shared/rows/fields.ts';
import { topTypes } from '../src/commands/top/types.ts';
import { indirectView } from '../src/commands/who-can/indirect-rows.ts';
import { whoCanView } from '../src/commands/who-can/rows.ts';
import { whoUsedView } from '../src/commands/who-used/rows.ts';
import { apiVersion } from '../src/text/api-version.ts';
import type { Unit } from '../src/text/column.ts';
import { root } from './paths.ts';

/** The objects that `-o json` prints, with the name of each type and the file that exports it. */
const sources = [
  { kind: 'KubeletAccessReport', path: 'src/commands/status/report.ts', type: 'Report' },
  { kind: 'KubeletAgentReport', path: 'src/commands/check/report.ts', type: 'AgentReport' },
  { kind: 'KubeletAuditReport', path: 'src/commands/audit/report.ts', type: 'AuditReport' },
  {
    kind: 'KubeletErrorExplanation',
    path: 'src/kubelet/explain/explanation.ts',
    type: 'Explanation',
  },
  {
    kind: 'KubeletResponseList',
    path: 'src/commands/curl/print-outcomes.ts',
    type: 'ResponseList',
  },
  { kind: 'KubeletErrorCause', path: 'src/commands/explain/page.ts', type: 'CausePage' },
  { kind: 'KubeletAuditRule', path: 'src/commands/explain/page.ts', type: 'RulePage' },
];

/** The views whose columns define the fields of schemas. */
const views: readonly DescribedView[] = [
  ...(await Promise.all([...topTypes, ...getTypes, ...diffTypes].map(({ load }) => load()))),
  baselineView,
  ...[undefined, parseSumBy('metric')].flatMap((by) =>
    [false, true].map((isChange) => seriesView({ by, isChange })),
  ),
  ...[quantilesView(true), seriesCountsView, labelCountsView, nodeCountsView],
  seriesGroupsView({ isOfNode: true, isOfMetric: true }),
  ...[certificatesView, addressTypesView],
];

/** Views of rows that come from the API server or from files. No kubelet is called. */
const apiViews: readonly DescribedView[] = [
  ...[grantsView, whoUsedView, whoCanView, indirectView],
  { ...endpointsView, columns: [...endpointsView.columns, ...servedView.columns] },
];

/** The lists of sums that --by prints for views of pods. */
const sums = views
  .filter(({ names, columns }) => names === 'pod' && columns.some(({ summed }) => summed))
  .map(({ kind, columns }) => ({
    kind: kind.replace(/List$/, 'SumList'),
    about:
      'Sums of rows with --by. If a row does not report a number, the sum of this number does not include the row.',
    columns: columns.filter(({ summed }) => summed),
  }));

export const schemaNames: readonly string[] = [...sources, ...views, ...apiViews, ...sums].map(
  ({ kind }) => nameOf(kind),
);

/** Returns the JSON Schemas of docs, by file name. They are generated from types and views; doc comments of types become descriptions. */
export function renderSchemas(): ReadonlyMap<string, string> {
  const rendering = 'src/text/render-row-list.ts';
  const generator = schemaGenerator([...new Set([...sources.map(({ path }) => path), rendering])]);
  const schemaText = (kind: string, { definitions, $schema: _, ...schema }: Schema) => {
    const text = JSON.stringify(
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:${apiVersion.replace('/', ':')}:${kind}`,
        title: kind,
        ...schema,
        $defs: definitions,
      },
      null,
      2,
    );
    return [nameOf(kind), `${text.replaceAll('"#/definitions/', '"#/$defs/')}\n`] as const;
  };
  const { properties: ofReads, definitions } = generator.createSchema('Reads');
  const { properties: ofSource } = generator.createSchema('RowSource');
  const readProperties = {
    totals: {
      type: 'object',
      additionalProperties: { type: 'number' },
      description:
        'Sums of the rows, by the key of the column. Rows that do not report a number are not included.',
    },
    ...ofReads,
  };
  const listOf = ({ kind, ...view }: Omit<DescribedView, 'names'>, cells: Cells, isRead: boolean) =>
    schemaText(kind, {
      ...(isRead && { definitions }),
      ...objectSchema(
        {
          apiVersion: { type: 'string', const: apiVersion },
          kind: { type: 'string', const: kind },
          ...ofSource,
          items: { type: 'array', items: rowSchema(view, cells) },
          ...(isRead && readProperties),
        },
        ['apiVersion', 'kind', 'items', ...(isRead ? ['failed'] : [])],
        isRead
          ? 'Fields that are not reported are absent.'
          : 'A list of rows that come from objects in the API server. No kubelet is called.',
      ),
    });
  return new Map([
    ...sources.map(({ kind, type }) => schemaText(kind, generator.createSchema(type))),
    ...views.map((view) => listOf(view, labelCells, true)),
    ...apiViews.map((view) => listOf(view, { properties: {} }, false)),
    ...sums.map((view) => listOf(view, sumCells, true)),
  ]);
}

type Schema = ReturnType<SchemaGenerator['createSchema']>;

/** Fields of a row that are no columns of its view. */
interface Cells {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: object;
}

/** Fields that --label-columns and --show-labels add. */
const labelCells: Cells = {
  properties: {
    labels: {
      type: 'string',
      description: 'All labels of the object, as `key=value,key=value`.',
    },
  },
  additionalProperties: {
    type: 'string',
    description:
      'The value of one label. The key of this field has `_` in place of characters other than letters and digits.',
  },
};

const sumCells: Cells = {
  properties: {
    ...Object.fromEntries(
      ['namespace', 'pod', 'node', 'owner'].map((key) => [key, { type: 'string' }]),
    ),
    rows: { type: 'number', description: 'Number of rows in the sums.' },
    partial: {
      type: 'string',
      description:
        'Numbers that only some rows report, and how many rows report them: `cpuCores 2 of 3`.',
    },
  },
  required: ['rows'],
};

/** Fields that identify the object of a row. They are required. */
const naming = ['namespace', 'pod', 'container', 'node'];

function rowSchema(
  { names, about, columns }: Omit<DescribedView, 'kind'>,
  { properties, required = [], additionalProperties }: Cells,
) {
  const fields = columns.flatMap((column) => {
    const { key, about: description = column.metric?.help, measuredAt } = column;
    const field = { ...typeOf(column), ...(description !== undefined && { description }) };
    return [
      [key, field] as const,
      // With --watch, rows have this rate from the second round on.
      ...(measuredAt === undefined ? [] : [[`${key}PerSecond`, { type: 'number' }] as const]),
    ];
  });
  const always = columns.filter(
    (column) => column.always || (names && naming.includes(column.key)),
  );
  return objectSchema(
    { ...properties, ...Object.fromEntries(fields) },
    [...new Set([...required, ...always.map(({ key }) => key)])],
    about,
    additionalProperties,
  );
}

function objectSchema(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[],
  description?: string,
  additionalProperties: object | false = false,
) {
  return {
    ...{ type: 'object', properties, required, additionalProperties },
    ...(description !== undefined && { description }),
  } as Schema;
}

function typeOf({ type, unit }: Described): object {
  switch (type) {
    case undefined:
      return {
        type: unit === 'text' || unit === 'age' ? 'string' : isWhole(unit) ? 'integer' : 'number',
      };
    case 'boolean':
    case 'integer':
    case 'number':
      return { type };
    case 'texts':
      return { type: 'array', items: { type: 'string' } };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'any':
      return {};
    default:
      return { type: 'string', enum: type };
  }
}

function isWhole(unit: Unit): boolean {
  return unit === 'count' || unit === 'bytes';
}

function nameOf(kind: string): string {
  return `schemas/${kind}.schema.json`;
}

/** Creates one generator for all types, because creating a TypeScript program takes a second. */
function schemaGenerator(paths: readonly string[]): SchemaGenerator {
  const config: CompletedConfig = {
    ...DEFAULT_CONFIG,
    path: join(root, `{${paths.join()}}`),
    tsconfig: join(root, 'tsconfig.json'),
    topRef: false,
    additionalProperties: false,
    sortProps: false,
    skipTypeCheck: true,
    // Doc comments become descriptions without changes. Only tags such as @format have a special meaning.
    jsDoc: 'extended',
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => {
    chain.addNodeParser(keysOfTable(program));
  });
  return new SchemaGenerator(program, parser, createFormatter(config), config);
}

/** Resolves `keyof typeof table` with the type checker, because the generator cannot read tables that contain spreads. */
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
