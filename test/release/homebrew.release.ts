import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { formulaName } from '../../scripts/packages/homebrew.ts';
import { release } from '../../scripts/paths.ts';
import { archiveName } from '../../scripts/release/platforms.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { run } from '../../scripts/tools/shell.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { made } from './programs.ts';

const ruby = await needCommand('ruby', 'ruby');
const rubocop = await needCommand('rubocop', 'rubocop');

/** Settings with which `brew style` runs the standard checks of RuboCop. Source: Homebrew/brew `Library/.rubocop.yml`. */
const brewStyle = `AllCops: { NewCops: enable, SuggestExtensions: false }
Layout/LineLength: { Max: 118, AllowedPatterns: [' url "', ' homepage "'] }
Metrics: { Enabled: false }
Naming/FileName: { Regex: !ruby/regexp '/^[\\w\\@\\-\\+\\.]+(\\.rb)?$/' }
Style/Documentation: { Enabled: false }
Style/FrozenStringLiteralComment: { Enabled: false }
Style/StringLiterals: { EnforcedStyle: double_quotes }
Style/StringLiteralsInInterpolation: { EnforcedStyle: double_quotes }
`;

/** Parts of a formula in the order that brew requires. Source: Homebrew/brew `Library/Homebrew/ast_constants.rb`. */
const parts = ['desc', 'homepage', 'url', 'version', 'sha256', 'license', 'on_macos', 'on_linux'];
const nested = ['on_arm', 'on_intel'];

suite('the formula for Homebrew', (test) => {
  const file = join(release, formulaName);

  test('is valid Ruby', async () => {
    assert.is(await run(ruby, ['-wc', file]), 'Syntax OK\n');
  });

  test("has brew's style, and its parts in brew's order", () =>
    withFiles({ '.rubocop.yml': brewStyle }, async (folder) => {
      mkdirSync(join(folder, 'Formula'));
      copyFileSync(file, join(folder, 'Formula', formulaName));
      assert.match(await run(rubocop, ['Formula'], { cwd: folder }), 'no offenses detected');
      const lines = readFileSync(file, 'utf8').split('\n');
      for (const [indent, order] of [
        [2, [...parts, 'def install', 'test']],
        [4, nested],
      ] as const) {
        const places = lines.flatMap((line) => {
          const [, name = ''] = new RegExp(`^ {${indent}}(def install|\\w+)`).exec(line) ?? [];
          return order.includes(name) ? [order.indexOf(name)] : [];
        });
        const perBlock = indent === 2 ? [places] : [places.slice(0, 2), places.slice(2)];
        for (const each of perBlock)
          assert.equal(
            each,
            each.toSorted((a, b) => a - b),
          );
      }
    }));

  test('has the archive of each platform except Windows, with its sha256', () => {
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
