import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { docs } from '../../scripts/docs.ts';
import { put } from '../kit/rbac.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import type { StoredObject } from '../sandbox/store.ts';
import { commandWords } from './write-readme.ts';

const text = readFileSync(join(docs, 'coming-from.md'), 'utf8');
const commands = [...text.matchAll(/`(kubectl kubeletaccess \S[^`]*)` \|$/gm)].map(
  ([, command = '']) => command,
);

// Kubelets cache answers for only 1 ms, so that they do not deny a caller after a grant because of a cached denial.
const cacheMs = { denied: 1, allowed: 1 };

concurrentSuite('docs/coming-from.md', (test) => {
  test('has more than 20 commands', () => {
    assert.ok(commands.length > 20);
  });

  // Skips commands that run until they are interrupted.
  for (const command of commands.filter((each) => !/ -f$|port-forward/.test(each)))
    test(`${command} works`, () =>
      withSandbox({ cacheMs }, async (sandbox, tool) => {
        const metadata = { namespace: 'monitoring', name: 'agent' };
        put(sandbox, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
        const agent = 'serviceaccount:monitoring:agent';
        if (command.includes('--via apiserver') || command.includes('--as-serviceaccount')) {
          await tool(['grant']);
          await tool(['grant', '--profile', 'metrics', '--subject', agent]);
        }
        const node = sandbox.store.get('nodes', 'node-2') as StoredObject;
        const labels = { 'node-role.kubernetes.io/worker': '' };
        put(sandbox, { ...node, metadata: { ...node.metadata, labels } });
        for (const { logs } of sandbox.kubelets) {
          const atUs = Date.now() * 1000;
          logs.journal.push({ atUs, unit: 'kubelet', message: 'error' });
          appendFileSync(join(logs.folder, 'syslog'), 'started\n');
        }
        const address = `127.0.0.1:${sandbox.kubelets[0]?.port}`;
        const [, , ...args] = commandWords(command.replace('10.0.0.5', address));
        const { code, stderr } = await tool(args);
        assert.is(code, 0, stderr);
      }));
});
