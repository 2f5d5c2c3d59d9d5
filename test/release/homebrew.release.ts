import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { formulaName } from '../../scripts/packages/homebrew.ts';
import { release } from '../../scripts/paths.ts';
import { archiveName } from '../../scripts/release/platforms.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { suite } from '../kit/suite.ts';
import { made } from './programs.ts';

const ruby = await needCommand('ruby', 'ruby');

suite('the formula for Homebrew', (test) => {
  const file = join(release, formulaName);

  test('is Ruby', async () => {
    assert.is(await run(ruby, ['-wc', file]), 'Syntax OK\n');
  });

  test('has the archive of each platform with its sha256, and none for Windows', () => {
    const formula = readFileSync(file, 'utf8');
    const sums = readFileSync(join(release, 'checksums.txt'), 'utf8');
    for (const platform of made) {
      const name = archiveName(platform);
      const [, sum = ''] = new RegExp(`^(\\S+)  ${name}$`, 'm').exec(sums) ?? [];
      const hasArchive = new RegExp(`/${name}"\\n +sha256 "${sum}"`).test(formula);
      assert.is(hasArchive, platform.os !== 'windows', name);
    }
  });
});
