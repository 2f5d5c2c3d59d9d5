import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { withProfileTime } from '../../../src/commands/curl/options.ts';
import { profileFile, renderSaved } from '../../../src/commands/curl/profile-files.ts';
import type { TargetRequest } from '../../../src/commands/curl/target.ts';
import { profileOf } from '../../../src/kubelet/pprof.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

/** Runs curl in a folder, on a terminal. */
const onTerminal = (
  kubeconfig: string,
  cwd: string,
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
) => runTool(['curl', ...args], { env: { KUBECONFIG: kubeconfig }, cwd, signal, onTerminal: true });

const heap = profileOf('/debug/pprof/heap');
const trace = profileOf('/debug/pprof/trace');

suite('curl /debug/pprof', (test) => {
  test('saves a profile on a terminal, and says what opens it', () =>
    withFiles({}, (folder) =>
      withSandbox(async ({ kubeconfigs }) => {
        const args = ['/debug/pprof/heap', '--node', 'node-1'];
        const result = await onTerminal(kubeconfigs.admin, folder, args);
        const [file = '', ...more] = readdirSync(folder);
        assert.equal(more, []);
        assert.match(file, /^kubelet-node-1-heap-\d{8}T\d{6}Z\.pb\.gz$/);
        assert.is(gunzipSync(readFileSync(join(folder, file))).toString(), 'node-1');
        assert.equal([result.code, result.stdout], [0, '']);
        assert.match(result.stderr, `saved ${file} (2`);
        assert.match(result.stderr, `\nhint: go tool pprof -http=: ${file}\n`);
      }),
    ));

  test('saves those of several nodes, and what opens them together', () =>
    withFiles({}, (folder) =>
      withSandbox({ nodes: ['none', 'none'] }, async ({ kubeconfigs }) => {
        const args = ['/debug/pprof/goroutine', '--all'];
        const { code, stderr } = await onTerminal(kubeconfigs.admin, folder, args);
        const files = readdirSync(folder).sort();
        assert.is(code, 0);
        assert.equal(
          files.map((file) => gunzipSync(readFileSync(join(folder, file))).toString()),
          ['node-1', 'node-2'],
        );
        for (const file of files)
          assert.match(stderr, new RegExp(`^hint: go tool pprof .*${file}`, 'm'));
        assert.match(stderr, /^2 of 2 nodes answered$/m);
      }),
    ));

  test('saves a trace for go tool trace, and says how long it takes', () =>
    withFiles({}, (folder) =>
      withSandbox(async ({ kubeconfigs }) => {
        const args = ['/debug/pprof/trace?seconds=2', '--node', 'node-1'];
        const { stderr } = await onTerminal(kubeconfigs.admin, folder, args);
        assert.match(stderr, /^note: kubelets measure for 2s before they answer\nsaved /);
        assert.match(stderr, /^hint: go tool trace kubelet-node-1-trace-\w+\.trace$/m);
      }),
    ));

  test('is bytes through a pipe, and text where it is a text', () =>
    withFiles({}, (folder) =>
      withSandbox(async ({ kubeconfigs }, tool) => {
        const args = ['/debug/pprof/heap', '--node', 'node-1'];
        const { bytes } = await tool(['curl', ...args]);
        assert.is(gunzipSync(bytes).toString(), 'node-1');
        const text = await onTerminal(kubeconfigs.admin, folder, [
          '/debug/pprof/heap?debug=1',
          ...['--node', 'node-1'],
        ]);
        assert.match(text.stdout, /^heap profile: /);
        const raw = await onTerminal(kubeconfigs.admin, folder, [...args, '-o', 'raw']);
        assert.equal([raw.code, raw.stdout], [1, '']);
        assert.match(raw.stderr, 'a body that is not text');
        assert.equal(readdirSync(folder), []);
      }),
    ));

  test('has the profile in the names of --output-dir, and removes that of a node that fails', () =>
    withFiles({}, (folder) =>
      withSandbox({ nodes: ['none', 'expired'] }, async (_, tool) => {
        writeFileSync(join(folder, 'node-2-heap.pb.gz'), 'old');
        writeFileSync(join(folder, 'node-2.bin'), 'of another response');
        const args = ['curl', '/debug/pprof/heap', '--all', '--output-dir', folder];
        const result = await tool(args);
        assert.is(result.code, 4);
        assert.equal(readdirSync(folder).sort(), ['node-1-heap.pb.gz', 'node-2.bin']);
        assert.match(result.stderr, /removed .*: node-2-heap\.pb\.gz$/m);
        await tool(['curl', '/debug/pprof/trace', '--node', 'node-1', '--output-dir', folder]);
        await tool([
          'curl',
          '/debug/pprof/heap?debug=1',
          '--node',
          'node-1',
          '--output-dir',
          folder,
        ]);
        assert.equal(readdirSync(folder).sort(), [
          'node-1-heap.pb.gz',
          'node-1-trace.trace',
          'node-1.txt',
          'node-2.bin',
        ]);
      }),
    ));

  for (const [path, isFleet, given, expected] of [
    ['profile?seconds=60', false, undefined, 120_000],
    ['profile', true, undefined, 60_000],
    ['trace?seconds=2', false, 5000, 5000],
    ['heap', true, undefined, undefined],
    ['heap', false, 1, 1],
  ] as const)
    test(`has the time to measure: ${path} of ${isFleet ? 'several nodes' : 'one node'}, ${given}`, () => {
      const { timeoutMs } = withProfileTime(
        {
          profile: profileOf(`/debug/pprof/${path}`),
          timeoutMs: given,
          maxTimeMs: undefined,
          target: { isFleet } as TargetRequest,
        },
        60_000,
      );
      assert.is(timeoutMs, expected);
    });

  test('refuses a time limit that ends before it has measured', () =>
    withFiles({}, (folder) =>
      withScriptedKubelets(
        [
          (request, response) => {
            response.writeHead(200, { 'content-type': 'application/octet-stream' });
            response.end(request.url);
          },
        ],
        async ({ sandbox: { kubeconfigs }, curl }) => {
          for (const args of [['--node', 'node-1'], ['--all']]) {
            const path = '/debug/pprof/profile?seconds=60';
            const { code } = await onTerminal(kubeconfigs.admin, folder, [path, ...args]);
            assert.is(code, 0);
            for (const [option, limit] of [
              ['--timeout', '60s'],
              ['--max-time', '1s'],
            ] as const) {
              const short = await curl([path, ...args, option, limit]);
              assert.is(short.code, 2);
              assert.match(
                short.stderr,
                `is too short: the kubelet measures for 1m0s before it answers\nhint: allow it more: ${option} 1m30s`,
              );
            }
          }
        },
      ),
    ));

  test('is no file of a response of another kind, of one that breaks off, or after an interrupt', () =>
    withFiles({}, async (folder) => {
      const interruption = new AbortController();
      await withScriptedKubelets(
        [
          (_, response) => {
            response.writeHead(200, { 'content-type': 'text/html' });
            response.end('<html>');
          },
          (_, response) => {
            const type = 'application/octet-stream';
            response.writeHead(200, { 'content-type': type, 'content-length': '10' });
            response.write('abc', () => response.destroy());
          },
          (_, response) => {
            response.writeHead(200, { 'content-type': 'application/octet-stream' });
            response.write('abc', () => setTimeout(() => interruption.abort(), 200));
          },
          (_, response) => response.writeHead(404).end('Unknown profile\n'),
        ],
        async ({ sandbox: { kubeconfigs } }) => {
          const get = (node: string, signal?: AbortSignal) =>
            onTerminal(kubeconfigs.admin, folder, ['/debug/pprof/heap', '--node', node], signal);
          const html = await get('node-1');
          assert.is(html.code, 1);
          assert.match(html.stderr, 'sent no profile, but text/html');
          assert.is((await get('node-2')).code, 1);
          assert.is((await get('node-3', interruption.signal)).code, 130);
          assert.match((await get('node-4')).stderr, '404: Unknown profile');
          assert.equal(readdirSync(folder), []);
        },
      );
    }));

  test('has names that are none of another file, on each system', () => {
    if (!heap || !trace) throw new Error('no profiles');
    const time = new Date('2026-11-26T08:30:00.123Z');
    assert.is(
      profileFile(heap, '[fd00::1]:10250', time, 1),
      'kubelet-_fd00__1__10250-heap-20261126T083000Z.pb.gz',
    );
    assert.is(profileFile(trace, '../n', time, 3), 'kubelet-.._n-trace-20261126T083000Z-3.trace');
    assert.ok(profileFile(heap, 'n'.repeat(253), time, 1).length < 200);
    const many = Array.from({ length: 7 }, (_, index) => ({ file: `f${index}`, bytes: 2048 }));
    assert.is(renderSaved(heap, []), '');
    assert.is(
      renderSaved(heap, many),
      'saved f0 (2.0Ki), f1 (2.0Ki), f2 (2.0Ki), f3 (2.0Ki), f4 (2.0Ki) and 2 more\nhint: go tool pprof -http=: f0\n',
    );
    assert.match(renderSaved(trace, many.slice(0, 2)), /hint: go tool trace f0\n$/);
  });
});
