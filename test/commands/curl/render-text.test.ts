import * as assert from 'uvu/assert';
import type { Answered } from '../../../src/commands/curl/outcome.ts';
import { parseTemplate, renderText } from '../../../src/commands/curl/render-text.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { suite } from '../../kit/suite.ts';

const answered = (text: string, more: Partial<Answered> = {}): Answered => ({
  ...{ name: 'a', node: 'a', address: '10.0.0.1:10250', via: 'direct', ms: 12.6, status: 200 },
  ...{ bytes: text.length, timing: undefined, head: undefined, body: { kind: 'text', text } },
  ...more,
});
const render = (text: string, template?: string, prefix = true) =>
  renderText(
    answered(text),
    { prefix, template: template === undefined ? undefined : parseTemplate(template) },
    (name) => `<${name}>`,
  );

suite('the responses of several nodes as text', (test) => {
  for (const [title, text, expected] of [
    ['one line', 'ok', '<a> ok\n'],
    ['lines', 'x\n\ny\n', '<a> x\n<a> \n<a> y\n'],
    ['a carriage return and a line separator', 'x\r\ny\u2028z\n', '<a> x\r\n<a> y\u2028z\n'],
    ['dollar signs', "$& $' $1", "<a> $& $' $1\n"],
    ['nothing', '', ''],
  ] as const)
    test(`with a prefix: ${title}`, () => assert.is(render(text), expected));

  test('without a prefix are unchanged, but end with a line end', () =>
    assert.is(render('x\n\ny', undefined, false), 'x\n\ny\n'));

  test('by a template have one for each line', () =>
    assert.is(
      render('x\n$1\n', '{node}\\t{address} {via} {status} {ms} {bytes}: {line}'),
      '<a>\t10.0.0.1:10250 direct 200 13 5: x\n<a>\t10.0.0.1:10250 direct 200 13 5: $1\n',
    ));

  test('by a template without a line have one for each node', () =>
    assert.is(render('x\ny', '{node} {bytes}'), '<a> 3\n'));

  test('have status line and headers before the body, if wanted', () =>
    assert.is(
      renderText(
        answered('ok', { head: { line: 'HTTP/1.1 200 OK', headers: [['A', 'b']] } }),
        { prefix: true, template: undefined },
        (name) => name,
      ),
      'a HTTP/1.1 200 OK\na A: b\na \na ok\n',
    ));

  test('reject a template with an unknown field', () =>
    assert.throws(
      () => parseTemplate('{node} {name}'),
      (error: unknown) =>
        error instanceof UsageFailure &&
        error.message ===
          'invalid --template value: {name} must be one of {node}, {address}, {via}, {status}, {ms}, {bytes}, {line}',
    ));
});
