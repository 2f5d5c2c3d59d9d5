import * as assert from 'uvu/assert';
import type { Answered } from '../../../../src/commands/shared/fleet/outcome.ts';
import { renderText } from '../../../../src/commands/shared/fleet/render-text.ts';
import { suite } from '../../../kit/suite.ts';

const answered = (text: string, head?: Answered['head']) => ({
  ...{ name: 'a', head },
  body: { kind: 'text', text } as const,
});
const render = (text: string) => renderText(answered(text), (name) => `<${name}>`);

suite('the responses of several nodes as text', (test) => {
  for (const [title, text, expected] of [
    ['one line', 'ok', '<a> ok\n'],
    ['lines', 'x\n\ny\n', '<a> x\n<a> \n<a> y\n'],
    ['a carriage return and a line separator', 'x\r\ny\u2028z\n', '<a> x\r\n<a> y\u2028z\n'],
    ['dollar signs', "$& $' $1", "<a> $& $' $1\n"],
    ['no bytes', '', ''],
  ] as const)
    test(`have their node before each line: ${title}`, () => assert.is(render(text), expected));

  test('have the status line and headers before the body, if requested', () =>
    assert.is(
      renderText(
        answered('ok', { status: 200, statusText: 'OK', rawHeaders: ['A', 'b'] }),
        (name) => name,
      ),
      'a HTTP/1.1 200 OK\na A: b\na \na ok\n',
    ));
});
