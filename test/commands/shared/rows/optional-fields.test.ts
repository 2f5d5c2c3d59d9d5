import * as assert from 'uvu/assert';
import { settingRows, settingsView } from '../../../../src/commands/get/configz-views.ts';
import { podRows, podsView } from '../../../../src/commands/get/pods.ts';
import { runningPodRows, runningPodsView } from '../../../../src/commands/get/running-pods.ts';
import type { Row } from '../../../../src/commands/shared/fleet/outcome.ts';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/top/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/top/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import { volumeStatsRows, volumeStatsView } from '../../../../src/commands/top/volume-stats.ts';
import { evictionThresholds } from '../../../../src/kubelet/bodies/eviction.ts';
import { parsePodList, parsePods } from '../../../../src/kubelet/bodies/pods.ts';
import { parseStatsSummary } from '../../../../src/kubelet/bodies/stats-summary.ts';
import { parseConfigz } from '../../../../src/kubelet/configz.ts';
import { isJsonText, type View } from '../../../../src/text/column.ts';
import { suite } from '../../../kit/suite.ts';
import { bodyText, recordedVersions } from '../../../kubelet/bodies/read-bodies.ts';

type Path = readonly string[];

function fieldsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [...path, key],
    ...fieldsOf(inner, [...path, key]),
  ]);
}

/** Returns a copy in which a field has the value `put`, or is absent if `put` is undefined. */
function withField(value: unknown, [key = '', ...path]: Path, put: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  const changed = path.length === 0 ? put : withField(copy[key], path, put);
  if (changed === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else copy[key] = changed;
  return copy;
}

/** Fields that are never removed, because without them a body is of another kind or an entry has no name. */
const required =
  /^(?:node|node\.nodeName|kind|kubeletconfig|.*\.podRef|.*[cC]ontainers\.\d+\.name)$|\.podRef\.name(?:space)?$|\.pvcRef\.name$|\.metadata$|\.metadata\.name(?:space)?$|\.spec$|\.volumes\.\d+\.name$|ownerReferences\.\d+\.(?:kind|name)$/;

interface Bodies {
  readonly summary: unknown;
  readonly pods: unknown;
  readonly configz: unknown;
}

/** Caches results by body, so that an unchanged body is parsed only once. */
function once<Result>(read: (body: unknown) => Result): (body: unknown) => Result {
  const known = new Map<unknown, Result>();
  return (body) => {
    const result = known.has(body) ? (known.get(body) as Result) : read(body);
    known.clear();
    known.set(body, result);
    return result;
  };
}

const readSummary = once((summary) => {
  const { problem, decoded } = parseStatsSummary(JSON.stringify(summary));
  assert.is(problem, undefined);
  if (!decoded) throw new Error('not read');
  return decoded.value;
});

const readPods = once((pods) => {
  const text = JSON.stringify(pods);
  const list = parsePods(text);
  assert.is(list.problem, undefined);
  const all = parsePodList(text).decoded?.value ?? [];
  const rows =
    checkView(podsView, podRows('n', all)) + checkView(runningPodsView, runningPodRows('n', all));
  return { byUid: list.decoded?.value, rows };
});

const readConfigz = once((configz) => {
  const configuration = parseConfigz(JSON.stringify(configz)).decoded?.value;
  const thresholds = configuration && evictionThresholds(configuration);
  if (!configuration || !thresholds) throw new Error('not read');
  return { thresholds, rows: checkView(settingsView, settingRows('n', configuration)) };
});

/** Makes all rows and checks each value. Returns the number of rows. */
function checkRows({ summary, pods, configz }: Bodies): number {
  const stats = readSummary(summary);
  const { byUid, rows } = readPods(pods);
  const settings = readConfigz(configz);
  return (
    checkView(nodeStatsView, [nodeStatsRow('n', stats, settings.thresholds)]) +
    checkView(podStatsView, podStatsRows('n', stats, byUid)) +
    checkView(containerStatsView, containerStatsRows('n', stats, byUid)) +
    checkView(volumeStatsView, volumeStatsRows('n', stats, byUid)) +
    rows +
    settings.rows
  );
}

function checkView({ columns }: View<Row>, rows: readonly Row[]): number {
  for (const row of rows) {
    assert.equal(
      Object.keys(row).sort(),
      columns.map(({ key }) => key).sort(),
      'each value has a column, each column a value',
    );
    for (const { key, unit } of columns) {
      const read: unknown = row[key];
      if (read === undefined) continue;
      if (isJsonText(read)) JSON.parse(read.json);
      const value = isJsonText(read) ? read.json : read;
      const kinds = unit === 'text' || unit === 'age' ? ['string', 'boolean'] : ['number', 'bigint'];
      assert.ok(kinds.includes(typeof value), `${key}: ${typeof value}`);
      if (typeof value === 'number') assert.ok(Number.isFinite(value), `${key}: ${value}`);
      assert.not.match(String(value), /NaN|undefined|null|\[object/);
    }
  }
  return rows.length;
}

const bodiesOf = (version: string, summary: string): Bodies => ({
  summary: JSON.parse(bodyText(`summary-${summary}`)) as unknown,
  pods: JSON.parse(bodyText('pods')) as unknown,
  configz: JSON.parse(bodyText(`configz-${version}`)) as unknown,
});

const all = [
  ...recordedVersions.map((version) => [version, bodiesOf(version, version)] as const),
  ['Windows', bodiesOf('1.37', 'windows')] as const,
  [
    'pods in each state',
    { ...bodiesOf('1.37', 'windows'), pods: JSON.parse(bodyText('pods-states')) as unknown },
  ] as const,
];

suite('rows of a body', (test) => {
  for (const [title, bodies] of all)
    test(`are valid if any optional field of ${title} is missing, null, 0, negative or far too large`, () => {
      let removed = 0;
      for (const part of ['summary', 'pods', 'configz'] as const)
        for (const path of fieldsOf(bodies[part])) {
          if (required.test(path.join('.'))) continue;
          const change = (put: unknown) =>
            checkRows({ ...bodies, [part]: withField(bodies[part], path, put) });
          change(undefined);
          const isEntry = /^\d+$/.test(path.at(-1) ?? '');
          if (!isEntry) change(null);
          const value = path.reduce<unknown>(
            (inner, key) => (inner as Record<string, unknown>)[key],
            bodies[part],
          );
          if (typeof value === 'number') for (const put of [0, -1, 1e300]) change(put);
          removed += 1;
        }
      assert.ok(removed > (title === 'Windows' ? 100 : 200), String(removed));
    });

  test('are valid if the body contains only names', () => {
    const summary = {
      node: { nodeName: 'n', systemContainers: [{ name: 'pods' }] },
      pods: [
        { podRef: { name: 'p', namespace: 's' }, containers: [{ name: 'c' }], volume: [{}] },
        { podRef: { name: 'q', namespace: 's' } },
      ],
    };
    const pods = { kind: 'PodList', items: [] };
    assert.is(checkRows({ summary, pods, configz: { kubeletconfig: {} } }), 5);
  });
});
