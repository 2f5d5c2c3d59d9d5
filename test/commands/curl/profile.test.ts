import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseTimeout } from '../../../src/commands/curl/request.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { filesIn, withFiles } from '../../kit/temporary.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('curl /debug/pprof', (test) => {
  for (const [path, timeout, expected] of [
    ['profile?seconds=60', undefined, 90_000],
    ['profile', undefined, 60_000],
    ['trace?seconds=2', '5s', 5000],
    ['heap', undefined, 30_000],
    ['heap', '1ms', 1],
  ] as const)
    test(`has a time limit that includes the measurement: ${path}, ${timeout}`, () => {
      const isGiven = timeout !== undefined;
      const ms = parseTimeout(timeout ?? '30s', 'GET', `/debug/pprof/${path}`, isGiven);
      assert.is(ms, expected);
    });

  test('prints no profile to a terminal, and suggests a file and a program that opens it', () =>
    withSandbox(async (_, tool) => {
      for (const [path, hint] of [
        ['heap', '> heap.pprof, then: go tool pprof -http=: heap.pprof'],
        ['trace?seconds=1', '> trace.pprof, then: go tool trace trace.pprof'],
      ]) {
        const args = ['curl', `/debug/pprof/${path}`, '--node', 'node-1'];
        const { code, stdout, stderr } = await tool(args, 'admin', { onTerminal: true });
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, 'a body that is not text');
        assert.match(stderr, `hint: redirect it to a file: ${hint}\n`);
      }
    }));

  test('names files of --output-dir after the profile, and removes the file of a node that fails', () =>
    withFiles({}, (folder) =>
      withSandbox({ nodes: ['none', 'expired'] }, async (_, tool) => {
        writeFileSync(join(folder, 'node-2-heap.pb.gz'), 'old');
        writeFileSync(join(folder, '.kubectl-kubeletaccess-files'), '+node-2-heap.pb.gz\n');
        writeFileSync(join(folder, 'node-2.bin'), 'of another response');
        const args = ['curl', '/debug/pprof/heap', '--all', '--output-dir', folder];
        const result = await tool(args);
        assert.is(result.code, 4);
        assert.equal(filesIn(folder), ['node-1-heap.pb.gz', 'node-2.bin']);
        assert.match(result.stderr, /removed .*: node-2-heap\.pb\.gz$/m);
        const one = ['--node', 'node-1', '--output-dir', folder];
        await tool(['curl', '/debug/pprof/trace', ...one]);
        await tool(['curl', '/debug/pprof/heap?debug=1', ...one]);
        assert.equal(filesIn(folder), [
          'node-1-heap.pb.gz',
          'node-1-trace.trace',
          'node-1.txt',
          'node-2.bin',
        ]);
      }),
    ));

  test('rejects a time limit that is shorter than the measurement', () =>
    withScriptedKubelets(
      [
        (request, response) => {
          response.writeHead(200, { 'content-type': 'text/plain' });
          response.end(request.url);
        },
      ],
      async ({ curl }) => {
        for (const args of [['--node', 'node-1'], ['--all']]) {
          const path = '/debug/pprof/profile?seconds=60';
          assert.is((await curl([path, ...args])).code, 0);
          const short = await curl([path, ...args, '--timeout', '60s']);
          assert.is(short.code, 2);
          assert.match(
            short.stderr,
            '--timeout 1m0s is too short: the kubelet measures for 1m0s before it answers\nhint: --timeout 1m30s\n',
          );
        }
      },
    ));
});
