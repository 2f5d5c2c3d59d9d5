import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { terminalPicture } from '../../scripts/docs/terminal-picture.ts';
import { folder, renderPictures } from '../../scripts/pictures.ts';
import { suite } from '../kit/suite.ts';

const pictures = await renderPictures();

suite('pictures', (test) => {
  for (const [name, svg] of pictures)
    test(`${name} is what npm run pictures draws`, () => {
      assert.is(readFileSync(join(folder, name), 'utf8'), svg);
    });

  test('escape text, color it, and put each piece in its column', () => {
    const svg = terminalPicture('a < b', 'node-1   \u001B[31m<denied>\u001B[0m & more');
    assert.match(svg, '<title>a &lt; b</title>');
    assert.match(svg, /<text x="88" y="46" textLength="64" fill="#ff7b72">&lt;denied&gt;<\/text>/);
    assert.match(svg, /<text x="152" y="46" textLength="56"> &amp; more<\/text>/);
  });

  test('wrap long lines after 110 columns', () => {
    const svg = terminalPicture('', `${'x'.repeat(110)}y`);
    assert.match(svg, `>${'x'.repeat(110)}</text>`);
    assert.match(svg, /<text x="16" y="64" textLength="8">y<\/text>/);
  });
});
