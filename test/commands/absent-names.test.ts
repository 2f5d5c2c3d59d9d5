import * as assert from 'uvu/assert';
import { account, binding, put, role, rule, serviceAccount, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';

const stats = ['--profile', 'stats'];

suite('a namespace that does not exist', (test) => {
  test('is reported only to those who may list namespaces', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('pods', 'get,list')]);
      const line = 'logs -l app=none -n nowhere';
      const absent = 'error: no pods found: namespace nowhere does not exist\n';
      assert.match((await tool(line)).stderr, absent);
      assert.match(
        (await tool(line, 'dev')).stderr,
        /^error: no pods found in namespace nowhere\n/,
      );
    }));
});

suite('a subject that does not exist', (test) => {
  test('is reported by status and endpoints', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      const notes = async (...args: readonly string[]) =>
        (await tool(args)).stderr.split('\n').filter((line) => line.startsWith('note: '));
      const absent = [
        'note: namespace shop has no service account agnet; did you mean: serviceaccount:shop:agnets?',
      ];
      const subject = ['status', ...stats, '--subject'];
      // The permissions of a service account that does not exist are nobody's.
      put(sandbox, serviceAccount('agnets', 'shop'));
      put(sandbox, role('stats', [rule('nodes,nodes/stats', 'get,list')]));
      put(sandbox, binding('stats', 'stats', [account('agnet', 'shop')]));
      const report = await tool([...subject, 'serviceaccount:shop:agnet']);
      assert.is(report.code, 3);
      assert.match(report.stdout, /^verdict: access-missing\n/);
      assert.match(report.stdout, `\n* ${absent[0]?.slice(6)}\n`, report.stdout);
      assert.equal(await notes(...subject, 'user:eve'), [
        'note: no ClusterRoleBinding names user:eve',
      ]);
      const endpoints = ['endpoints', 'node-1', '--as-serviceaccount'];
      assert.equal(await notes(...endpoints, 'shop/agnet'), absent);
      // Existing subjects get no note.
      const metadata = { namespace: 'shop', name: 'agent' };
      put(sandbox, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
      put(
        sandbox,
        role('any', [rule('pods')]),
        binding('any', 'any', [user('eve'), account('a', 'b')]),
      );
      assert.equal(await notes(...subject, 'serviceaccount:shop:agent'), []);
      assert.equal(await notes(...subject, 'user:eve'), []);
      assert.equal(await notes(...endpoints, 'shop/agent'), []);
    }));
});
