import * as assert from 'uvu/assert';
import {
  type CommandNeeds,
  commandNeeds,
  completionNeeds,
  contactsNothing,
  ruleOf,
} from '../../scripts/docs/permissions.ts';
import { exampleAuditLog } from '../kit/example-audit-log.ts';
import { installMetricsServer } from '../kit/metrics-server.ts';
import { put } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { allow, type Tool, withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

// Kubelets cache answers for only 1 ms, so that they do not deny a caller after a grant because of a cached denial.
const cacheMs = { denied: 1, allowed: 1 };

/** Returns the exit code and output of a command. The caller has exactly the permissions `needs`. */
async function outcome(
  sandbox: Sandbox,
  tool: Tool,
  { command, after = [], remark }: CommandNeeds,
  needs: readonly string[],
): Promise<string> {
  const restore = sandbox.store.keep();
  const serviceAccount = { namespace: 'monitoring', name: 'agent' };
  put(sandbox, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: serviceAccount });
  installMetricsServer(sandbox);
  const atUs = Date.now() * 1000;
  sandbox.kubelets[0]?.logs.journal.splice(0, 1, { atUs, unit: 'kubelet', message: 'started' });
  for (const line of after) assert.is((await tool(line.split(' '))).code, 0, line);
  allow(sandbox, 'dev', needs.map(ruleOf));
  const address = `127.0.0.1:${sandbox.kubelets[0]?.port}`;
  const { requests } = sandbox.apiServer;
  const before = requests.length;
  const { code, stdout, stderr } = await withFiles({ 'audit.log': exampleAuditLog() }, (folder) => {
    const line = command.replace('HOST', address).replace(' audit.log', ` ${folder}/audit.log`);
    return tool(line.split(' '), 'dev');
  });
  if (remark === contactsNothing) assert.equal(requests.slice(before), [], command);
  restore();
  return stable(`exit ${code}\n${stdout}${stderr}`);
}

/** Replaces addresses and numbers by placeholders, because they differ between runs. */
function stable(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replaceAll(/^(?!exit ).*\d.*$/gm, (line) => line.replaceAll(/\d+/g, 'N'));
}

// Virtual time keeps commands within their time limits on slow machines, for example completion.
inVirtualTime();

suite('docs/reference/permissions.md', (test) => {
  for (const row of [...commandNeeds, ...completionNeeds]) {
    const needs = [...new Set([...(row.apiServer ?? []), ...(row.kubelet ?? [])])];

    test(`${row.command.trimEnd()} needs each permission in its row, and no other permission`, () =>
      withSandbox({ cacheMs }, async (sandbox, tool) => {
        const outcomeOf = (some: readonly string[]) => outcome(sandbox, tool, row, some);
        const complete = await outcomeOf(needs);
        assert.match(complete, /^exit 0\n/);
        for (const missing of needs) {
          const others = needs.filter((need) => need !== missing);
          assert.is.not(await outcomeOf(others), complete, missing);
        }
        assert.is(await outcomeOf(needs), complete, 'the same again');
      }));
  }
});
