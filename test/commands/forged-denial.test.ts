import * as assert from 'uvu/assert';
import { withScriptedKubelets } from '../kit/scripted-kubelet.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const answered = /kubelet of node-1 through the API server answered/;
/** What each command prints about a kubelet whose 403 reads as if the API server had denied the caller nodes/proxy. */
const commands: readonly (readonly [line: string, words: RegExp])[] = [
  ['status --streams', /verdict: all-nodes-fail\n/],
  ['grant', /no kubelet named it\nnode-1: answered 403: /],
  ['curl /healthz --node node-1 --via apiserver', answered],
  ['top nodes --via apiserver', answered],
  ['audit', answered],
  ['exec web --via apiserver --allow-exec -- date', answered],
  ['attach web --via apiserver --allow-exec', answered],
];

suite('a denial that a kubelet sends in the name of the API server', (test) => {
  for (const [line, words] of commands)
    test(`does not count as one of the API server: ${line}`, () =>
      withSandbox({ nodes: ['forger'] }, async (_, tool) => {
        const { code, stdout, stderr } = await tool(line);
        const output = stdout + stderr;
        assert.is(code, line === 'audit' ? 4 : 1, output);
        assert.match(output, words);
        assert.not.match(output, /API server denie[sd]|missing(?: rule)?: /);
      }));

  for (const [code, reason, message] of [
    [401, 'Unauthorized', 'Unauthorized'],
    [404, 'NotFound', 'nodes "node-1" not found'],
  ] as const)
    test(`does not count as one of the API server: ${code}`, () =>
      withScriptedKubelets(
        [
          (_, response) => {
            const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
            response.writeHead(code, { 'content-type': 'application/json' });
            response.end(JSON.stringify({ ...status, code, reason, message }));
          },
        ],
        async ({ tool }) => {
          const { stderr } = await tool('curl /healthz --node node-1 --via apiserver');
          assert.match(stderr, answered);
          assert.not.match(stderr, /Error from server|logged in to the server/);
        },
      ));
});
