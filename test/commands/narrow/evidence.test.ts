import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { ClusterRole } from '../../../src/objects.ts';
import { formatRule } from '../../../src/rbac/rules.ts';
import { exampleAuditLog } from '../../kit/example-audit-log.ts';
import { account, binding, group, put, role, rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

const wide = rule('nodes/proxy,nodes/stats,services', 'get,list');

interface Printed {
  readonly code: number;
  readonly stderr: string;
  readonly rules: readonly string[];
}

/** Runs narrow with an audit log on a role of these subjects. Returns the printed rules and messages. */
function narrow(subjects: readonly ReturnType<typeof account>[], more: readonly string[] = []) {
  return withFiles({ 'audit.log': exampleAuditLog() }, async (folder) => {
    let printed: Printed | undefined;
    await withSandbox(async (sandbox) => {
      put(sandbox, role('agent', [wide]), binding('agent', 'agent', subjects));
      const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
      const args = ['narrow', 'agent', '--evidence', join(folder, 'audit.log'), ...more];
      const { code, stdout, stderr } = await runTool([...args, '-o', 'json'], { env });
      const rules = stdout === '' ? [] : ((JSON.parse(stdout) as ClusterRole).rules ?? []);
      printed = { code, stderr, rules: rules.map(formatRule) };
    });
    if (!printed) throw new Error('nothing ran');
    return printed;
  });
}

suite('narrow --evidence', (test) => {
  test('finds the needs of an unknown caller, and keeps permissions that do not concern kubelets', async () => {
    const { code, stderr, rules } = await narrow([account('agent', 'monitoring')]);
    assert.equal([code, rules], [0, ['services get,list', 'nodes/pods get']]);
    assert.match(
      stderr,
      /^note: the audit log has callers from 2026-11-27T21:51:00\.000Z to 2026-11-27T21:5\S+Z: what they do seldom may be missing; who-used lists what it lacks\n$/,
    );
  });

  test('keeps nodes/proxy if the caller needs it', async () => {
    const { rules } = await narrow([account('shipper', 'logging')]);
    assert.equal(rules, ['services get,list', 'nodes/proxy get']);
  });

  test('adds the calls of the audit log to the known calls of an agent, and removes no known call', async () => {
    const both = await narrow([
      account('metrics-server', 'kube-system'),
      account('agent', 'monitoring'),
    ]);
    // nodes/metrics is not added, because the role never had it. nodes/stats stays, because the version of metrics-server is unknown
    // without a pod, and versions before 0.6 read /stats/summary.
    assert.equal(both.rules, ['services get,list', 'nodes/pods,nodes/stats get']);
  });

  for (const [title, subjects] of [
    ['a caller that the audit log does not have', [account('other', 'shop')]],
    [
      'two callers of which the audit log has only one',
      [account('agent', 'monitoring'), account('other', 'shop')],
    ],
    ['a group', [group('readers')]],
  ] as const)
    test(`does not narrow a role of ${title}`, async () => {
      const { code, stderr, rules } = await narrow(subjects);
      assert.equal([code, rules], [3, []]);
      assert.match(stderr, /, and the audit log has nothing of it\n/);
    });

  test('fails for a file that is not an audit log', () =>
    withFiles({ 'other.log': 'hello\n' }, async (folder) => {
      writeFileSync(join(folder, 'role.yaml'), JSON.stringify(role('agent', [wide])));
      const args = ['-f', join(folder, 'role.yaml'), '--evidence', join(folder, 'other.log')];
      const { code, stderr } = await runTool(['narrow', ...args]);
      assert.is(code, 1);
      assert.match(stderr, /^error: no audit event in \S+other\.log: /);
    }));
});
