import stringWidth from 'string-width';
import * as assert from 'uvu/assert';
import { bar, chartCharacters } from '../../src/text/bar.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';

const unicode = chartCharacters({ LANG: 'C.UTF-8' });
const ascii = chartCharacters({});

suite('charts', (test) => {
  test('are ASCII unless the first locale variable that is set names UTF-8', () => {
    const locales: readonly [env: Record<string, string>, isUtf8: boolean][] = [
      [{}, false],
      [{ LANG: 'en_US.UTF-8' }, true],
      [{ LANG: 'de_DE.utf8@euro' }, true],
      [{ LC_CTYPE: 'UTF-8' }, true],
      [{ LANG: 'C' }, false],
      [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
      [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'POSIX' }, false],
      [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, true],
      [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
      [{ LANG: 'ja_JP.eucJP' }, false],
    ];
    for (const [env, isUtf8] of locales)
      assert.is(chartCharacters(env), isUtf8 ? unicode : ascii, JSON.stringify(env));
  });

  test('show a share as a bar', () => {
    const shown = [0, 0.001, 0.5, 0.99, 1, 7, undefined, Number.NaN];
    assert.equal(
      shown.map((share) => bar(share, 4, ascii)),
      ['....', '#...', '##..', '###.', '####', '####', '    ', '    '],
    );
    assert.equal(
      [0, 0.001, 0.5, 0.99, 1].map((share) => bar(share, 4, unicode)),
      ['░░░░', '▏░░░', '██░░', '███▉', '████'],
    );
  });

  test('have the requested width, and grow with the share', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(unicode, ascii),
        (a, b, width, characters) => {
          const [small, large] = [Math.min(a, b), Math.max(a, b)].map((share) =>
            bar(share, width, characters),
          );
          assert.is(stringWidth(large ?? ''), width);
          const filled = (text = '') =>
            [...text].reduce((sum, character) => sum + characters.parts.indexOf(character) + 1, 0);
          assert.ok(filled(small) <= filled(large));
        },
      ),
    ));
});
