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
import { addressTypesView } from '../src/commands/certificates/address-types.ts';
import { certificatesView } from '../src/commands/certificates/rows.ts';
import { baselineView } from '../src/commands/diff/baseline-differences.ts';
import {
  flagDifferences,
  gateDifferences,
  settingDifferences,
} from '../src/commands/diff/setting-differences.ts';
import { endpointsView, servedView } from '../src/commands/endpoints/rows.ts';
import { settingsView } from '../src/commands/get/configz-views.ts';
import { featureGatesView } from '../src/commands/get/feature-gates.ts';
import { healthChecksView } from '../src/commands/get/health-checks.ts';
import { flagsView } from '../src/commands/get/health-views.ts';
import { podsView } from '../src/commands/get/pods.ts';
import { runningPodsView } from '../src/commands/get/running-pods.ts';
import { kubeletStatusView } from '../src/commands/get/statusz.ts';
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
import { containerStatsView } from '../src/commands/top/container-stats.ts';
import { nodeStatsView } from '../src/commands/top/node-stats.ts';
import { podStatsView } from '../src/commands/top/pod-stats.ts';
import { volumeStatsView } from '../src/commands/top/volume-stats.ts';
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
  { kind: 'KubeletResponseList', path: 'src/commands/curl/envelope.ts', type: 'ResponseList' },
  ...rowLists(),
  { kind: 'KubeletErrorCause', path: 'src/commands/explain/page.ts', type: 'CausePage' },
  { kind: 'KubeletAuditRule', path: 'src/commands/explain/page.ts', type: 'RulePage' },
];

function rowLists() {
  const path = 'scripts/row-lists.ts';
  const found = readFileSync(join(root, path), 'utf8').matchAll(/^export type (\w+)/gm);
  return Array.from(found, ([, type = '']) => ({ kind: `Kubelet${type}`, path, type }));
}

/** The views whose columns define the fields of schemas. */
const views: readonly DescribedView[] = [
  ...[nodeStatsView, podStatsView, containerStatsView, volumeStatsView],
  ...[podsView, runningPodsView, kubeletStatusView],
  ...[settingsView, featureGatesView, healthChecksView, flagsView],
  ...[settingDifferences, gateDifferences, flagDifferences, baselineView],
  ...[undefined, parseSumBy('metric')].flatMap((by) =>
    [false, true].map((isChange) => seriesView({ by, isChange })),
  ),
  ...[quantilesView(true), seriesCountsView, labelCountsView, nodeCountsView],
  seriesGroupsView({ isOfNode: true, isOfMetric: true }),
  ...[certificatesView, addressTypesView],
];

/** Views of rows that come from the API server or from files. No kubelet is called. */
const apiViews: readonly DescribedView[] = [
  ...[grantsView, whoUsedView],
  { ...endpointsView, columns: [...endpointsView.columns, ...servedView.columns] },
];

/** The lists of sums that --by prints for views of pods. */
const sums = views
  .filter(({ names, columns }) => names === 'pod' && columns.some(({ summed }) => summed))
  .map(({ kind, columns }) => ({
    kind: kind.replace(/List$/, 'SumList'),
    columns: columns.filter(({ summed }) => summed),
  }));

export const schemaNames: readonly string[] = [...sources, ...views, ...apiViews, ...sums].map(
  ({ kind }) => nameOf(kind),
);

/** Returns the JSON Schemas of docs, by file name. They are generated from types; doc comments become descriptions. */
export function renderSchemas(): ReadonlyMap<string, string> {
  const generator = schemaGenerator([...new Set(sources.map(({ path }) => path))]);
  const schemaOf = (kind: string, type: string, view?: Omit<DescribedView, 'kind'>) => {
    // A copy is needed, because the generator returns the same objects each time and the code below changes them.
    const { definitions, $schema: _, ...schema } = structuredClone(generator.createSchema(type));
    const { properties = {} } = schema;
    if (view) {
      properties['kind'] = { type: 'string', const: kind };
      addFields(properties['items'] as { readonly items: ObjectSchema }, view);
    }
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
  return new Map([
    ...sources.map(({ kind, type }) => schemaOf(kind, type)),
    ...views.map((view) => schemaOf(view.kind, 'ViewList', view)),
    ...apiViews.map((view) => schemaOf(view.kind, 'ApiViewList', view)),
    ...sums.map(({ kind, columns }) => schemaOf(kind, 'SumList', { columns })),
  ]);
}

interface ObjectSchema {
  properties?: Record<string, object>;
  required?: readonly string[];
  description?: string;
}

/** Fields that identify the object of a row. They are required. */
const naming = ['namespace', 'pod', 'container', 'node'];

function addFields(
  { items }: { readonly items: ObjectSchema },
  { names, about, columns }: Omit<DescribedView, 'kind'>,
) {
  const required = columns.flatMap(({ key, always }) =>
    always || (names && naming.includes(key)) ? key : [],
  );
  if (required.length > 0) items.required = [...new Set(required)];
  if (about !== undefined) items.description = about;
  items.properties ??= {};
  const { properties } = items;
  for (const column of columns) {
    const { key, about: description = column.metric?.help, measuredAt } = column;
    properties[key] = {
      ...typeOf(column),
      ...(description !== undefined && { description }),
    };
    // With --watch, rows have this rate from the second round on.
    if (measuredAt !== undefined) properties[`${key}PerSecond`] = { type: 'number' };
  }
}

function typeOf({ type, unit }: Described): object {
  switch (type) {
    case undefined:
      return { type: unit === 'text' || unit === 'age' ? 'string' : isWhole(unit) ? 'integer' : 'number' };
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
