import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Fault } from '../../sandbox/faults.ts';

const others: readonly (readonly [string, readonly Fault[]])[] = [
  ['that allow everything (405)', ['always-allow', 'always-allow']],
  ['that cannot be reached or do not answer', ['stopped', 'no-answer']],
  ['that answer otherwise (401, another page)', ['unauthorized', 'portal']],
  ['of which one denies another user', ['liar', 'stopped']],
  ['that deny kube-apiserver', ['none', 'none']],
  ['of which one denies the same user', ['thief', 'none']],
  ['at all', []],
];

suite('one kubelet that denies user "jane" in place of kube-apiserver', (test) => {
  for (const [title, nodes] of others)
    test(`leads grant and status to print no command for "jane", with ${nodes.length === 0 ? 'no other node' : `other nodes ${title}`}`, () =>
      withSandbox({ nodes: ['thief', ...nodes] }, async (_, tool) => {
        const grant = await tool(['grant', '--dry-run=client', '-o', 'yaml']);
        assert.is(grant.code, 1, grant.stderr);
        assert.is(grant.stdout, '');
        assert.match(grant.stderr, 'node-1: denies user "jane"\n');
        assert.match(grant.stderr, / grant .*--subject user:NAME --allow-exec\n/);
        const status = await tool(['status', '--timeout', '3s']);
        for (const text of [grant.stderr, status.stdout]) {
          assert.not.match(text, /kubectl .*jane/);
          assert.not.match(text, 'run: kubectl kubeletaccess grant\n');
        }
        const report = await tool(['status', '-o', 'json', '--timeout', '3s']);
        assert.not.match(report.stdout, /kubectl [^"]*jane/);
      }));
});
