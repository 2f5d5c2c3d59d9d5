import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  palettes,
  terminalPicture,
  terminalRecording,
} from '../../scripts/docs/terminal-picture.ts';
import { suite } from '../kit/suite.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { folder, renderPictures } from './write-pictures.ts';

inVirtualTime();
const pictures = await renderPictures();

suite('pictures', (test) => {
  for (const [name, svg] of pictures)
    test(`${name} is up to date (npm run pictures)`, () => {
      assert.is(readFileSync(join(folder, name), 'utf8'), svg);
    });

  test('have escaped and colored text, with each piece in its column', () => {
    const svg = terminalPicture('a < b', 'node-1   \u001B[31m<denied>\u001B[0m & more');
    assert.match(svg, '<title>a &lt; b</title>');
    assert.match(svg, /<text x="88" y="46" textLength="64" class="c31">&lt;denied&gt;<\/text>/);
    assert.match(svg, /<text x="152" y="46" textLength="56"> &amp; more<\/text>/);
  });

  test('wrap long lines after 110 columns', () => {
    const svg = terminalPicture('', `${'x'.repeat(110)}y`);
    assert.match(svg, `>${'x'.repeat(110)}</text>`);
    assert.match(svg, /<text x="16" y="64" textLength="8">y<\/text>/);
  });

  for (const [name, { background, ...colors }] of Object.entries(palettes))
    test(`have enough contrast in the ${name} palette`, () => {
      for (const [code, color] of Object.entries(colors))
        assert.ok(contrast(color, background) >= 4.5, `${code}: ${contrast(color, background)}`);
    });

  test('show all scenes of a recording in turn, but only the last scene if the reader prefers reduced motion', () => {
    const scenes = [1, 2, 3].map((number) => ({ command: `go ${number}`, output: `is ${number}` }));
    const svg = terminalRecording('three', scenes, 5);
    const times = [...svg.matchAll(/@keyframes output\d\{(.*)\}$/gm)].map(([, rule = '']) =>
      [...rule.matchAll(/([\d.]+)%\{visibility:visible\}(?:([\d.]+)%\{visibility:hidden\})?/g)].map(
        ([, from, until]) => [Number(from), until === undefined ? undefined : Number(until)],
      ),
    );
    const [[[from1 = 0, until1 = 0] = []] = [], [[from2 = 0, until2 = 0] = []] = [], third = []] =
      times;
    assert.ok(from1 < until1 && until1 < from2 && from2 < until2);
    assert.is(third[0]?.[1], undefined);
    assert.equal(
      [...svg.matchAll(/<g class="output(\d)"( visibility="hidden")?>/g)].map(
        ([, index, hidden]) => [index, hidden !== undefined],
      ),
      [
        ['0', true],
        ['1', true],
        ['2', false],
      ],
    );
    assert.match(svg, 'prefers-reduced-motion:reduce');
  });
});

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
