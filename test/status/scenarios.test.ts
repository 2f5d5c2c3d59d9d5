import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import type { Report } from '../../src/kubelet/report/report.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { checkAlways, checkReport } from './check.ts';
import { empty } from './given.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const schema = join(root, 'docs/KubeletAccessReport.schema.json');

/** One for all that want the same. */
const sandboxes = new Map<string, Promise<Sandbox>>();
atEnd(async () => {
  for (const sandbox of sandboxes.values()) await (await sandbox).stop();
});

function sandboxFor({ cluster }: Scenario, minor: number): Promise<Sandbox> {
  const options = {
    minor,
    cacheMs: { denied: 0, allowed: 0 },
    dialTimeoutMs: 400,
    ...cluster,
  };
  const key = JSON.stringify(options);
  const sandbox = sandboxes.get(key) ?? startSandbox(options);
  sandboxes.set(key, sandbox);
  return sandbox;
}

async function play(scenario: Scenario, minor: number): Promise<void> {
  const { given = [], afterwards, caller = 'admin', args = [], expected } = scenario;
  const sandbox = await sandboxFor(scenario, minor);
  empty(sandbox);
  for (const put of given) put(sandbox);
  const look = (format: string) =>
    runTool(['status', '--timeout', '1s', '-o', format, ...args], {
      env: { KUBECONFIG: sandbox.kubeconfigs[caller] },
    });
  if (afterwards) {
    await look('json');
    for (const put of afterwards) put(sandbox);
  }
  const [table, json] = await Promise.all([look('table'), look('json')]);
  assert.equal([table.stderr, json.stderr], ['', '']);
  const report = JSON.parse(json.stdout) as Report;
  checkReport(report, table.stdout, expected);
  checkAlways(report, table.stdout, table.code);
  assert.equal(schemaErrors(schema, report), [], json.stdout);
}

suite('status, scenario by scenario', (test) => {
  const only = process.env['ONLY'] ?? '';
  for (const scenario of scenarios.filter(({ title }) => new RegExp(only).test(title)))
    for (const minor of scenario.minors ?? [31, 37])
      test(`1.${minor}: ${scenario.title}`, () => play(scenario, minor));
});
