import stringWidth from 'string-width';
import * as assert from 'uvu/assert';
import { concurrentSuite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

concurrentSuite('a terminal of 80 columns', (test) => {
  for (const line of [
    'status',
    'certificates',
    'audit',
    'who-can',
    'grants',
    'endpoints',
    'top nodes',
    'top nodes --chart',
    'top pods -A',
    'get pods -A',
    'get configz',
    'get healthz',
    'explain KA',
  ])
    test(`wraps no row of ${line}; a pipe gets full names`, () =>
      withSandbox({ nodes: ['none', 'self-signed', 'stopped'] }, async (sandbox, tool) => {
        await tool('grant --subject user:somebody-with-a-long-name@example.com --profile metrics');
        const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
        const shown = await runTool(line, { env, onTerminal: true, columns: 80 });
        const piped = await runTool(line, { env });
        assert.ok(shown.stdout.length > 0, shown.stderr);
        // Commands must not be cut, because they are pasted, and a fingerprint cannot be wrapped.
        for (const row of shown.stdout.split('\n'))
          assert.ok(stringWidth(row) <= 80 || /^ .*\bkubectl |^ *\S+$/.test(row), row);
        // Paths of endpoints contain placeholders.
        if (line !== 'endpoints') assert.not.match(piped.stdout, '…');
      }));
});
