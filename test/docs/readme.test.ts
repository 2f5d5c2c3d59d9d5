import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { headingId } from '../../scripts/docs/markdown.ts';
import { docs } from '../../scripts/docs.ts';
import { root } from '../../scripts/paths.ts';
import { pages, renderPage } from '../../scripts/readme.ts';
import { concurrentSuite, suite } from '../kit/suite.ts';

const readme = join(root, 'README.md');
const contributing = join(root, 'CONTRIBUTING.md');
const docPages = globSync(join(docs, '*.md'));
const allPages = [...new Set([readme, contributing, ...pages, ...docPages])];

concurrentSuite('README and docs: what they show', (test) => {
  for (const page of pages)
    test(`${page.slice(root.length + 1)} shows what the program prints (npm run readme)`, async () => {
      const text = readFileSync(page, 'utf8');
      assert.is(await renderPage(text), text);
    });
});

suite('README and docs', (test) => {
  test('README shows every command that talks to a cluster', () => {
    const text = readFileSync(readme, 'utf8');
    assert.ok((text.match(/```console/g) ?? []).length >= 5);
  });

  test('README.ja.md has the code, the links and the sections of README', () => {
    const english = readFileSync(readme, 'utf8');
    const japanese = readFileSync(join(root, 'README.ja.md'), 'utf8');
    const all = (text: string, pattern: RegExp) =>
      [...text.matchAll(pattern)].map(([each]) => each);
    for (const pattern of [/^```.*?^```/gms, /<!-- .* -->/g])
      assert.equal(all(japanese, pattern), all(english, pattern));
    const levels = (text: string) => all(text, /^#+ /gm);
    assert.equal(levels(japanese), levels(english));
    const targets = (text: string) =>
      all(text, /\]\([^)]+\)/g)
        .filter((link) => !link.includes('README'))
        .sort();
    assert.equal(targets(japanese), targets(english));
  });

  test('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const page of allPages)
      for (const [, name = ''] of readFileSync(page, 'utf8').matchAll(/npm run ([\w:]+)/g))
        assert.ok(scripts[name], name);
  });

  test('link only to files and headings that exist', () => {
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

  test('CONTRIBUTING names only files that exist', () => {
    const text = readFileSync(contributing, 'utf8');
    for (const [, path = ''] of text.matchAll(/`((?:src|test|scripts|docs|bench)\/[\w./-]+)`/g))
      if (!path.includes('NAME')) assert.ok(existsSync(join(root, path)), path);
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
