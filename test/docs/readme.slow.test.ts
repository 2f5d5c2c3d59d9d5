import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { headingId } from '../../scripts/docs/markdown.ts';
import { docs } from '../../scripts/docs.ts';
import { type About, about } from '../../scripts/packages/about.ts';
import { root } from '../../scripts/paths.ts';
import { withBash } from '../kit/bash.ts';
import { concurrentSuite, suite } from '../kit/suite.ts';
import { pageWorld } from './page-world.ts';
import { pages, renderPage } from './write-readme.ts';

const readme = join(root, 'README.md');
const contributing = join(root, 'CONTRIBUTING.md');
const troubleCommands = [
  ...readFileSync(readme, 'utf8').matchAll(/^\| .* \| `(kubectl .*)` \| /gm),
].map(([, command = '']) => command.replaceAll('\\|', '|'));
const docPages = globSync(join(docs, '**/*.md'));
const allPages = [...new Set([readme, contributing, ...pages, ...docPages])];

const wordCount = (page: string) => readFileSync(page, 'utf8').trim().split(/\s+/).length;

concurrentSuite('output in README and docs', (test) => {
  for (const page of pages)
    test(`${page.slice(root.length + 1)} is up to date (npm run readme)`, async () => {
      const text = readFileSync(page, 'utf8');
      assert.is(await renderPage(text), text);
    });
});

concurrentSuite('README: table of troubles', (test) => {
  test('has commands for at least eight problems', () => {
    assert.ok(troubleCommands.length >= 8);
  });

  for (const command of troubleCommands)
    test(`${command} works`, async () => {
      const world = await pageWorld('<!-- cluster: metrics-server, prometheus -->');
      const { host, port } = await world.kubelet('node-1');
      const line = command
        .replace('10.0.0.5', `${host}:${port}`)
        .replace('kubectl logs web 2>&1 |', '(kubectl logs web || true) 2>&1 |');
      const agent = 'serviceaccount:kube-system:metrics-server';
      try {
        await world.tool(['grant']);
        await world.tool(['grant', '--profile', 'metrics', '--subject', agent]);
        await withBash(world.kubeconfig, async (bash) => {
          const { code, stdout, stderr } = await bash(line);
          assert.is(code, 0, stdout + stderr);
          assert.not.match(stderr, 'error:');
        });
      } finally {
        await world.stop();
      }
    });
});

suite('README and docs', (test) => {
  test('README has at most 900 words, a guide 1,200, and all pages 42,000', () => {
    assert.ok(wordCount(readme) <= 900);
    // Clusters has a row for each kind of cluster, of which a reader needs one.
    for (const page of globSync(join(docs, '*.md')))
      assert.ok(wordCount(page) <= (page.endsWith('/clusters.md') ? 1400 : 1200), page);
    const all = [readme, contributing, ...docPages].map(wordCount);
    assert.ok(all.reduce((sum, words) => sum + words, 0) <= 42_000);
  });

  test('guides open sentences plainly', () => {
    for (const page of [readme, contributing, ...docPages])
      for (const [found] of readFileSync(page, 'utf8').matchAll(
        /(?:^|[.:] )Of (?!the kubelet)\w+ [^.\n]{0,60},|\bby which\b|belongs into|knows no\b|so is\b/gm,
      ))
        assert.unreachable(`${page}: ${found}`);
  });

  test('README and packages have one tagline', () => {
    const { description } = about();
    assert.match(readFileSync(readme, 'utf8'), `\n**${description}.**\n`);
    const { description: ofNpm } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as About;
    assert.is(ofNpm, description);
  });

  test('generated pages have a table or a command on the first screen', () => {
    for (const page of globSync(join(docs, 'reference/*.md'))) {
      const lines = readFileSync(page, 'utf8').split('\n', 20);
      assert.ok(
        lines.some((line) => /^(?:\| |kubectl kubeletaccess)/.test(line)),
        page,
      );
    }
  });

  test('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const page of allPages)
      for (const [, name = ''] of readFileSync(page, 'utf8').matchAll(/npm run ([\w:]+)/g))
        assert.ok(scripts[name], name);
  });

  test('link only to existing files and headings', () => {
    for (const page of allPages)
      for (const [, link = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^):]+)\)/g)) {
        const [path = '', heading] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        assert.ok(existsSync(target), `${page}: ${link}`);
        if (heading === undefined) continue;
        const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)];
        assert.ok(
          headings.some(([, title = '']) => headingId(title) === heading),
          `${page}: ${link}`,
        );
      }
  });

  test('pages for developers name only files that exist', () => {
    for (const page of [contributing, ...globSync(join(docs, 'developing/*.md'))])
      for (const [, path = ''] of readFileSync(page, 'utf8').matchAll(
        /`((?:src|test|scripts|docs|bench)\/[\w./-]+)`/g,
      ))
        if (!path.includes('NAME')) assert.ok(existsSync(join(root, path)), `${page}: ${path}`);
  });

  test('no page repeats text of another', () => {
    const seen = new Map<string, string>();
    const repeated: string[] = [];
    for (const page of allPages.filter((each) => !/\bja\b/.test(each))) {
      const text = readFileSync(page, 'utf8');
      const sessions = [...text.matchAll(/```console\n([\s\S]*?)```/g)]
        .flatMap(([, block = '']) => block.split(/^(?=\$ )/m))
        .filter((session) => session.split('\n').length > 5);
      const paragraphs = text
        .replaceAll(/```[\s\S]*?```/g, '')
        .split(/\n\n|\n(?=[-|]|\d\.)/)
        .map((paragraph) => paragraph.replaceAll(/\s+/g, ' '))
        .filter((paragraph) => paragraph.length > 80);
      for (const part of new Set([...sessions, ...paragraphs])) {
        const other = seen.get(part);
        if (other !== undefined) repeated.push(`${other} and ${page}: ${part}`);
        seen.set(part, page);
      }
    }
    assert.equal(repeated, []);
  });

  test('every page of docs can be reached from README', () => {
    const seen = new Set<string>();
    const visit = (page: string): void => {
      if (seen.has(page)) return;
      seen.add(page);
      for (const [, path = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^):#]+\.md)/g))
        visit(join(dirname(page), path));
    };
    visit(readme);
    for (const page of docPages) assert.ok(seen.has(page), page);
  });
});
