import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { readme, renderReadme } from '../../scripts/readme.ts';
import { suite } from '../kit/suite.ts';

suite('README', (test) => {
  test('shows what the program prints, and its options (npm run readme makes it so)', async () => {
    const text = readFileSync(readme, 'utf8');
    assert.ok((text.match(/```console/g) ?? []).length >= 5);
    assert.is(await renderReadme(text), text);
  });

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name = ''] of readFileSync(readme, 'utf8').matchAll(/npm run ([\w:]+)/g))
      assert.ok(scripts[name], name);
  });
});
