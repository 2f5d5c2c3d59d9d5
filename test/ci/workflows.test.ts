import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { type Result, runProcess } from '../kit/tool.ts';
import { needActionlint } from './actionlint.ts';

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown }>>;
}

const files = globSync(join(root, '.github/workflows/*.yml')).sort();
const texts = new Map(files.map((file) => [basename(file), readFileSync(file, 'utf8')]));
const actionlint = await needActionlint();

/** Jobs that may have more permissions than `contents: read`, with these permissions, by workflow. */
const allowed: Readonly<Record<string, readonly unknown[]>> = {
  'release.yml': [['publish', { contents: 'write', 'id-token': 'write', attestations: 'write' }]],
  'publish.yml': [['npm', { contents: 'read', 'id-token': 'write' }]],
};
const suiteNames = [
  ...readFileSync(join(root, '.ci/run'), 'utf8').matchAll(/\bis_wanted ([\w.]+); then$/gm),
].map(([, name = '']) => name);

/** Runs actionlint without shellcheck, because not every machine has shellcheck, and results would differ. */
const lint = (program: string, paths: readonly string[]): Promise<Result> =>
  runProcess(program, ['-shellcheck=', '-pyflakes=', '-no-color', ...paths], { cwd: root });

suite('workflows', (test) => {
  if (actionlint === undefined) test.skip('pass actionlint', 'there is no go on PATH');
  else {
    test('pass actionlint', async () => {
      const { code, stdout, stderr } = await lint(actionlint, files);
      assert.equal([code, stdout, stderr], [0, '', '']);
    });

    test('are rejected by actionlint if they name an unknown runner, value or job', () =>
      withFiles({}, async (folder) => {
        const release = texts.get('release.yml') ?? '';
        for (const [good, bad] of [
          ['windows-11-arm', 'windows-11-leg'],
          ['matrix.folder', 'matrix.older'],
          ['needs: make', 'needs: fake'],
        ] as const) {
          const file = join(folder, 'release.yml');
          writeFileSync(file, release.replaceAll('./.github/workflows/ci.yml', 'a/b/c.yml@v1'));
          assert.is((await lint(actionlint, [file])).code, 0);
          writeFileSync(file, readFileSync(file, 'utf8').replace(good, bad));
          assert.is((await lint(actionlint, [file])).code, 1, bad);
        }
      }));
  }

  for (const [name, text] of texts) {
    test(`${name} pins actions by commit, with the version in a comment`, () => {
      const uses = [...text.matchAll(/uses: (?!\.\/)(.*)/g)].map(([, action = '']) => action);
      assert.equal(
        uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
        [],
      );
    });

    test(`${name} pins images by digest and Homebrew packages by commit`, () => {
      for (const [, image = ''] of text.matchAll(/^ +container: (.*)$/gm))
        assert.match(image, /@sha256:[0-9a-f]{64}$/);
      if (text.includes('brew install'))
        assert.match(text, /HOMEBREW_NO_INSTALL_FROM_API: "1"[\s\S]*homebrew-core [0-9a-f]{40}\n/);
    });

    test(`${name} uses no secret but the GitHub token of the run, and makes this token read-only by default`, () => {
      assert.not.match(text, /secrets\b/);
      const { permissions, jobs } = load(text) as Workflow;
      assert.equal(permissions, { contents: 'read' });
      const more = Object.entries(jobs).flatMap(([job, each]) =>
        each.permissions === undefined ? [] : [[job, each.permissions]],
      );
      assert.equal(more, allowed[name] ?? []);
      const checkouts = text.match(/uses: actions\/checkout@/g) ?? [];
      assert.is(text.match(/persist-credentials: false/g)?.length ?? 0, checkouts.length);
    });

    test(`${name} runs existing scripts and suites`, () => {
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        scripts: Readonly<Record<string, string>>;
      };
      for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g))
        assert.ok(scripts[script], script);
      for (const [path] of text.matchAll(/\.ci\/[\w-]+/g))
        assert.ok(existsSync(join(root, path)), path);
      for (const [, suiteName = ''] of text.matchAll(/\.ci\/run ([\w.]+)/g))
        assert.ok(suiteNames.includes(suiteName), suiteName);
    });
  }

  test('CI runs every suite of .ci/run', () => {
    assert.ok(suiteNames.length >= 5);
    const all = [...texts.values()].join('');
    for (const name of suiteNames)
      assert.ok(all.includes(`.ci/run ${name}`) || all.includes(`"${name}"`), name);
  });
});

suite('.ci/run', (test) => {
  test('fails if no suite has the given name', async () => {
    const { code, stdout } = await runProcess(join(root, '.ci/run'), ['no-such-suite']);
    assert.equal([code, stdout], [1, '0 passed, 0 failed, 0 skipped\n']);
  });
});
