import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { Failure, formatError } from '../../src/errors.ts';
import {
  cutText,
  escapeControl,
  escapeControlBlock,
  escapeControlLine,
  escapeControlLines,
} from '../../src/text/escape.ts';
import { renderJson, renderYaml } from '../../src/text/serialize.ts';
import { renderTable } from '../../src/text/table.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

/** Text with all kinds of invisible characters. */
const hidden = fc.oneof(
  fc.integer({ min: 0, max: 0x1f }),
  fc.integer({ min: 0x7f, max: 0xa0 }),
  fc.constantFrom(0xad, 0x61c, 0x180e, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0x1d173),
  fc.constantFrom(0x34f, 0x115f, 0x180b, 0x2800, 0x3164, 0xfe0f, 0xffa0, 0xe0100),
  fc.integer({ min: 0x200b, max: 0x200f }),
  fc.integer({ min: 0x2028, max: 0x202e }),
  fc.integer({ min: 0x2060, max: 0x206f }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
);
const text = fc
  .array(fc.oneof(hidden, fc.constantFrom(0x22, 0x27, 0x5c, 0x3a, 0x23, 0x2d), fc.nat(0x10ffff)))
  .map((codes) => codes.map((code) => String.fromCodePoint(code)).join(''));

/** Characters that control a terminal, or that it does not show. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const shows = (output: string) => !invisible.test(output.replaceAll(/[\t\n]/g, ''));

const some = runs(600);

suite('invisible characters', (test) => {
  test('are escaped in text, lines, tables and errors', () =>
    fc.assert(
      fc.property(text, text, (a, b) => {
        for (const output of [
          escapeControl(a),
          escapeControlLine(a),
          renderTable([a, b], [[b, a]]),
          formatError(new Failure(a, { details: [b], hints: [a], cause: new Error(b) }), true).text,
        ])
          assert.ok(shows(output), JSON.stringify(output));
        assert.not.match(escapeControlLine(a), '\n');
        assert.is(renderTable(['A'], [[a], [b]]).split('\n').length, 4);
        assert.is(escapeControlLines([a, b]).split('\n').length, 3);
      }),
      some,
    ));

  test('are escaped in JSON and YAML, and a parser reads the same values', () =>
    fc.assert(
      fc.property(text, text, fc.array(text), (key, value, list) => {
        const object = { [`k${key}`]: value, list, nested: [{ [value]: key }] };
        for (const [output, parse] of [
          [renderJson([object]), JSON.parse],
          [renderYaml([object]), load],
        ] as const) {
          assert.ok(shows(output), JSON.stringify(output));
          assert.equal(parse(output), object);
        }
      }),
      some,
    ));
});

suite('texts of a server', (test) => {
  const prefix = fc.constantFrom('hint: ', 'error: ', 'warning: ', 'note: ', 'missing: ', '* ', '');
  const lines = fc
    .array(fc.tuple(fc.constantFrom('\n', '\r\n', '\n\n', '\r', '\u2028', '\u0085'), prefix, text))
    .map((parts) => parts.flat().join(''));

  test("never begin a line that looks like the program's own", () =>
    fc.assert(
      fc.property(lines, lines, lines, (message, detail, cause) => {
        const failure = new Failure(`x${message}`, {
          details: [`why: ${detail}`],
          hints: [`run ${detail}`],
          cause: new Error(`c${cause}`),
        });
        const [first = '', ...others] = formatError(failure, true).text.trimEnd().split('\n');
        assert.match(first, /^error: x/);
        const own = others.filter((line) => !line.startsWith('  '));
        assert.equal(
          own.map((line) => /^(?:why|hint: run|cause)/.exec(line)?.[0]),
          ['why', 'hint: run', 'cause'],
        );
      }),
      some,
    ));

  test('keep their lines, indented by two spaces', () => {
    assert.is(
      formatError(new Failure('a\n\tb\nhint: c\n'), false).text,
      'error: a\n  \tb\n  hint: c\n',
    );
    assert.is(escapeControlBlock('a\n'), 'a');
  });

  test('are cut between characters, with the number of bytes that are left out', () =>
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (start, length) => {
        const whole = start + '😀é'.repeat(60);
        const cut = cutText(whole, length);
        const [, kept = '', bytes] = /^(.*)… \((\d+) more bytes\)$/s.exec(cut) ?? [];
        assert.ok(whole.startsWith(kept) && kept.length <= length);
        assert.is(Buffer.byteLength(kept) + Number(bytes), Buffer.byteLength(whole));
        assert.is(cutText(cut, length), cut);
      }),
      some,
    ));

  test('are cut from ten megabytes to a few thousand characters in message, details and causes', () => {
    const long = 'x\n'.repeat(5e6);
    const failure = new Failure(long, { details: [long], cause: new Error(long) });
    const output = formatError(failure, true).text;
    assert.ok(output.length < 40_000, `${output.length}`);
    assert.is(output.match(/ more bytes\)/g)?.length, 3);
  });
});
