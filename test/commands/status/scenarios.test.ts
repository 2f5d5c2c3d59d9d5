import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import {
  permissionCauses,
  type StatusFinding,
} from '../../../src/commands/status/report/finding.ts';
import { type Report, verdicts } from '../../../src/commands/status/report.ts';
import { shownStatus } from '../../../src/commands/status/shown.ts';
import { causes } from '../../../src/kubelet/causes/all-causes.ts';
import { entryOf } from '../../../src/kubelet/causes/causes.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { isShared } from '../../kit/random.ts';
import { printed } from '../../kit/shown.ts';
import { atEnd, suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allFaults } from '../../sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { checkAlways, checkReport } from './check.ts';
import { statusFaults } from './faults.ts';
import { empty, pair } from './given.ts';
import { fully, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const schema = join(root, 'docs/schemas/KubeletAccessReport.schema.json');

/** Keys are options of sandboxes. Scenarios with the same options share a sandbox. */
const sandboxes = new Map<string, { readonly sandbox: Promise<Sandbox>; free: Promise<unknown> }>();
atEnd(async () => {
  for (const { sandbox } of sandboxes.values()) await (await sandbox).stop();
});

inVirtualTime();
const dialTimeoutMs = 5000;
const timeout = '20s';

function inSandbox(
  { cluster }: Scenario,
  minor: number,
  use: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const options = {
    minor,
    cacheMs: { denied: 0, allowed: 0 },
    dialTimeoutMs,
    ...cluster,
  };
  const key = JSON.stringify(options);
  const shared = sandboxes.get(key) ?? { sandbox: startSandbox(options), free: Promise.resolve() };
  sandboxes.set(key, shared);
  const used = shared.free.then(async () => use(await shared.sandbox));
  shared.free = used.catch(() => {});
  return used;
}

async function play(scenario: Scenario, sandbox: Sandbox): Promise<void> {
  const { given = pair(), afterwards, caller = 'admin', args = [], expected } = scenario;
  empty(sandbox);
  for (const put of given) put(sandbox);
  const look = () =>
    runTool(['status', '--timeout', timeout, '-o', 'json', ...args], {
      env: { KUBECONFIG: sandbox.kubeconfigs[caller] },
    });
  if (afterwards) {
    await look();
    for (const put of afterwards) put(sandbox);
  }
  const { code, stdout, stderr } = await look();
  assert.is(stderr.replace(/^note: no ClusterRoleBinding names .+\n/, ''), '');
  const report = JSON.parse(stdout) as Report;
  const text = printed(report, shownStatus);
  checkReport(report, text, expected);
  checkAlways(report, text, code);
  assert.equal(schemaErrors(schema, report), [], stdout);
}

/** A fifth of the scenarios without `minors` also run on the older version. */
const minorsOf = (index: number) => (isShared(index, 5) ? [31, 37] : [37]);

suite('the report of status', (test) => {
  for (const [index, scenario] of scenarios.entries())
    for (const minor of scenario.minors ?? minorsOf(index))
      test(`is as expected on 1.${minor}: ${scenario.title}`, () =>
        inSandbox(scenario, minor, (sandbox) => play(scenario, sandbox)));
});

/** Causes that requests of this program can have, and no scenario has. The values say why, or where they are tested. */
const elsewhere = new Map<StatusFinding['cause'], string>([
  ['not-found', 'kubelets serve every path that status requests'],
  ['container-not-found', 'only if a container ends between two requests'],
  ['headers-too-large', 'in test/commands/node-answers.test.ts'],
  ['too-many-open-files', 'in test/binary/binary.test.ts'],
  ['method-not-allowed', 'status sends GET only to paths that accept it'],
  ['unknown', 'in address.test.ts'],
  ['interrupted', 'in watch.test.ts'],
]);

/** Causes that only words of a server, a client or a log mean. `explain` tests them. */
const ofWords = causes.filter((cause) => {
  const { codes, transport, response, texts } = entryOf(cause);
  return codes.length === 0 && !transport && !response && !texts.some((text) => text.transport);
});

suite('the scenarios of status', (test) => {
  const all = scenarios.map(({ expected }) => fully(expected));
  const told = new Set<string>([
    ...statusFaults.flatMap(({ cells }) => cells),
    ...all.flatMap(({ nodes, findings }) => [
      ...nodes.flat(),
      ...findings.map(({ cause }) => cause),
    ]),
  ]);

  test('cover every cause that a request can have, except the causes in `elsewhere`', () => {
    const every = [...causes.filter((cause) => !ofWords.includes(cause)), ...permissionCauses];
    assert.equal(
      every.filter((cause) => !told.has(cause)),
      every.filter((cause) => elsewhere.has(cause)),
    );
    assert.equal(
      ofWords.filter((cause) => elsewhere.has(cause)),
      [],
    );
  });

  test('cover every verdict', () => {
    assert.equal(
      Object.keys(verdicts).filter(
        (verdict) => !all.some((expected) => expected.verdict === verdict),
      ),
      [],
    );
  });

  test('cover every fault of a node, together with node-faults.test.ts', () => {
    const inFleets = statusFaults.map(({ fault }) => fault);
    const made = [
      ...inFleets,
      ...scenarios.flatMap(({ cluster }) => (cluster?.nodes ?? []).flat()),
    ];
    assert.equal(
      allFaults.filter((fault) => !made.includes(fault)),
      [],
    );
  });

  test('have unique titles', () => {
    const titles = scenarios.map(({ title }) => title);
    assert.equal(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
    );
  });
});
