import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { isBuilt } from '../../scripts/is-built.ts';
import { dist, root } from '../../scripts/paths.ts';
import { compiledTests } from '../../scripts/tools/folders.ts';
import { shellLines } from '../demo/keep.ts';
import { parseDemoOptions } from '../demo/options.ts';
import { hangLimits } from '../kit/hang-limits.ts';
import { isShared, sweeps } from '../kit/random.ts';
import { concurrentSuite, suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { type Result, runProcess, startProcess } from '../kit/tool.ts';
import { waitFor } from '../kit/wait-for.ts';

interface Demo {
  readonly kubeconfig: string;
  /** The text that the demo prints for people. */
  readonly text: string;
  /** Runs a line in a shell that has run the `export` lines of the demo. */
  type(line: string): Promise<Result>;
}

const demoProgram = join(root, 'test/demo/main.ts');

/** Shares the cache of compiled modules with the test files, because the demo imports mostly the same modules. */
const compiled = {
  NODE_DISABLE_COMPILE_CACHE: undefined,
  NODE_COMPILE_CACHE: compiledTests(),
};
const env = { ...process.env, ...compiled };

async function withDemo(args: readonly string[], use: (demo: Demo) => Promise<void>) {
  const node = [demoProgram, '--keep', '--no-build', ...args];
  const demo = startProcess(process.execPath, node, { env });
  let kubeconfig = '';
  try {
    await waitFor(
      'the cluster of the demo',
      hangLimits.wait,
      // Waits for both, because the `export` lines on stdout may arrive after the text on stderr.
      () => demo.stderr().includes('Ctrl-C') && /^export PATH=.*\n/m.test(demo.stdout()),
    );
    const lines = demo.stdout();
    kubeconfig = /^export KUBECONFIG=(.*)$/m.exec(lines)?.[1] ?? '';
    await use({
      kubeconfig,
      text: demo.stderr(),
      type: (line) =>
        runProcess('sh', ['-c', `${lines}${line}`], { env: { PATH: process.env['PATH'] } }),
    });
  } finally {
    demo.interrupt();
    demo.interrupt();
    const { code, stderr } = await demo.result;
    assert.equal([code, stderr.includes('rror')], [0, false], stderr);
    assert.not(existsSync(dirname(kubeconfig)), 'its files are removed');
  }
}

/** Returns the commands in the `console` blocks and in the comments of README, with their exit codes. */
function sessions(): readonly { readonly line: string; readonly code: number }[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/```console\n([\s\S]*?)```|<!-- (\$ .*) -->/g)].flatMap(
    ([, block, unseen = '']) =>
      (block ?? unseen)
        .split(/^\$ /m)
        .slice(1)
        .map((step) => ({
          line: step.split('\n')[0] ?? '',
          code: Number(/^\(exit (\d+)\)$/m.exec(step)?.[1] ?? 0),
        })),
  );
}

const nodes = sweeps ? 1000 : 100;

/** If kubectl is missing, defines a shell function that passes `kubectl kubeletaccess` on to the program. */
const hasKubectl = (await runProcess('sh', ['-c', 'command -v kubectl'])).code === 0;
const kubectl = hasKubectl ? '' : 'kubectl() { shift; kubectl-kubeletaccess "$@"; }\n';

suite('npm run demo', (test) => {
  test('builds the program only if a source is newer', () =>
    withFiles(
      {
        'dist/program': '',
        'src/a/b.ts': '',
        'scripts/bundle.ts': '',
        'package.json': '',
        'test/a.ts': '',
      },
      (folder) => {
        const program = join(folder, 'dist/program');
        const built = () => isBuilt(program, folder);
        const change = (path: string, seconds: number) =>
          utimesSync(join(folder, path), seconds, seconds);
        for (const path of ['dist/program', 'src/a/b.ts', 'scripts/bundle.ts', 'package.json'])
          change(path, 1000);
        assert.is(built(), true);
        change('test/a.ts', 2000);
        assert.is(built(), true);
        for (const path of ['src/a/b.ts', 'scripts/bundle.ts', 'package.json']) {
          change(path, 2000);
          assert.is(built(), false, path);
          change(path, 1000);
        }
        rmSync(program);
        assert.is(built(), false);
      },
    ));

  test('plays a story and ends with three commands to try', async () => {
    const { code, stdout, stderr } = await runProcess(process.execPath, [demoProgram], { env });
    assert.is(code, 0, stderr);
    const steps = stdout.split(/^# /m).slice(1);
    const codes = steps.map((step) => Number(/^\(exit (\d+)\)$/m.exec(step)?.[1] ?? 0));
    // Exit code 1: a request is denied. 3: access is missing, or there are findings. 4: a node is stopped, another is not trusted.
    assert.equal(codes, [1, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 4, 0], stdout);
    assert.match(stdout, /import-\S+ +node-2 +\S+ +Running/);
    assert.match(stdout, 'no space left on device');
    assert.match(
      stdout,
      /^NODE +METRIC +COUNT +P50\(seconds\) +P90\(seconds\) +P99\(seconds\) +LABELS$/m,
    );
    assert.match(stdout, /run: kubectl kubeletaccess narrow prometheus --apply$/m);
    assert.is(
      stdout.slice(stdout.lastIndexOf('Try it by hand')).match(/^ {2}kubectl /gm)?.length,
      3,
    );
  });
});

if (process.platform !== 'win32')
  suite('npm run demo, interrupted', (test) => {
    const inFolder = (use: (cwd: string, env: NodeJS.ProcessEnv) => Promise<void>) =>
      withFiles({}, async (folder) => {
        const own = { HOME: folder, TMPDIR: folder, PATH: process.env['PATH'] };
        await use(folder, { ...compiled, ...own });
        assert.equal(readdirSync(folder), []);
      });

    if (isShared(0, 2))
      test('leaves no file behind', () =>
        inFolder(async (cwd, env) => {
          const demo = startProcess(process.execPath, [demoProgram], { cwd, env });
          await waitFor('the first command of the story', hangLimits.wait, () =>
            demo.stdout().includes('# Who denies whom?'),
          );
          demo.interrupt();
          assert.is((await demo.result).code, 130);
        }));

    if (isShared(1, 2))
      test('leaves no file behind when the reader of its output ends', () =>
        inFolder(async (cwd, env) => {
          const line = `'${process.execPath}' '${demoProgram}' | head -n 3`;
          const read = await runProcess('bash', ['-o', 'pipefail', '-c', line], { cwd, env });
          assert.is(read.code, 141, read.stderr);
        }));
  });

if (process.platform !== 'win32')
  concurrentSuite('npm run demo -- --keep', (test) => {
    test('runs every session of README with the exit codes of README', () =>
      withDemo([], async ({ type }) => {
        const commands = sessions().filter(({ line }) => hasKubectl || !/^kubectl logs/.test(line));
        assert.ok(commands.length >= 4);
        for (const [index, { line, code }] of commands.entries()) {
          // Waits, because kubelets cache the denial of the first command for 0.3 s.
          const result = await type(`sleep 0.4\n${kubectl}${line}`);
          const isDenial = index === 0 && line === 'kubectl logs web';
          // Exit code 4 is possible, too, because one node of the demo is stopped and another has an untrusted certificate.
          const codes = isDenial ? [1] : [code, ...(code === 0 ? [4] : [])];
          assert.ok(codes.includes(result.code), `${line}: exit ${result.code}: ${result.stderr}`);
        }
      }));

    if (hasKubectl)
      test('prints hints that make kubectl logs and kubectl top work', () =>
        withDemo([], async ({ type }) => {
          const denied = await type('kubectl kubeletaccess status --node node-1');
          const [, hint = ''] = /^ +run: (kubectl kubeletaccess grant)$/m.exec(denied.stdout) ?? [];
          const made = await type(`${hint} && sleep 0.4 && kubectl logs web --tail=1`);
          assert.is(made.code, 0, made.stderr);
          const agent = await type('kubectl kubeletaccess check metrics-server');
          const [, grant = ''] =
            /^ +run: (kubectl kubeletaccess grant .*)$/m.exec(agent.stdout) ?? [];
          // docs/top-unknown.md has the following commands.
          const logs = 'kubectl -n kube-system logs deployment/metrics-server';
          const explained = await type(`${logs} | kubectl kubeletaccess explain -`);
          const profile = /--profile \S+/.exec(grant)?.[0] ?? 'no profile';
          assert.match(explained.stdout, profile);
          const before = await type('kubectl top nodes');
          assert.match(before.stderr, 'ServiceUnavailable');
          const after = await type(
            `${grant} && for turn in $(seq 50); do kubectl top nodes 2> /dev/null && exit; sleep 0.2; done`,
          );
          assert.match(after.stdout, /^node-1 +\d+m +\d+% +\d+Mi +\d+%/m, after.stderr);
          assert.match(after.stdout, /^node-3 +<unknown>/m);
          const asked = await type('kubectl auth can-i get nodes --subresource=stats');
          assert.is(asked.stdout, 'yes\n', asked.stderr);
        }));

    if (process.platform === 'linux')
      test('starts the given number of nodes with the given version', () =>
        withDemo(['--nodes', String(nodes), '--minor', '31'], async ({ type, text }) => {
          assert.match(text, 'Kubernetes 1.31');
          const { code, stderr } = await type(
            'kubectl-kubeletaccess curl healthz --all --parallel 10 --timeout 5m',
          );
          assert.is(code, 0, stderr);
          assert.match(stderr, new RegExp(`^${nodes} of ${nodes} nodes answered$`, 'm'));
          const first = await type('kubectl-kubeletaccess status --node node-1');
          assert.match(first.stdout, /^node-1 +v1\.31\./m);
        }));

    test('rejects an unknown option before it builds anything', async () => {
      const args = [demoProgram, '--kept'];
      const { code, stdout, stderr } = await runProcess(process.execPath, args, { env });
      assert.equal([code, stdout], [2, '']);
      assert.match(stderr, /^usage: npm run demo /);
    });

    const invalid = [
      ['--nodes', '3'],
      ['--keep', '--nodes', '0'],
      ['--keep', '--nodes', '1.5'],
      ['--keep', '--nodes', 'many'],
      ['--like', 'kubeadm'],
      ['--keep', '--like', 'elsewhere'],
      ['--keep', '--like', 'kubeadm', '--nodes', '3'],
      ['--minor', '30'],
      ['node-1'],
    ];
    for (const args of invalid)
      test(`rejects ${args.join(' ')}`, () => {
        assert.is(parseDemoOptions(args), undefined);
      });

    test('quotes values in the `export` lines for a shell', () => {
      const lines = { KUBECONFIG: "/tmp/o'neill/a b" };
      assert.is(
        shellLines('linux', lines),
        `export KUBECONFIG='/tmp/o'\\''neill/a b'\nexport PATH=${dist}:"$PATH"\n`,
      );
      assert.is(
        shellLines('win32', lines),
        `$env:KUBECONFIG = '/tmp/o''neill/a b'\n$env:PATH = '${dist};' + $env:PATH\n`,
      );
    });
  });
