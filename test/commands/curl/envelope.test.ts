import * as assert from 'uvu/assert';
import { renderEnvelope as piecesOf } from '../../../src/commands/curl/print-outcomes.ts';
import { printableBody } from '../../../src/commands/shared/fleet/gather-body.ts';
import type { Answered, Failed } from '../../../src/commands/shared/fleet/outcome.ts';
import { Failure } from '../../../src/errors.ts';
import { anyCharacter, fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const place = { name: 'a', node: 'a', address: '10.0.0.1:10250', via: 'direct', ms: 12.6 } as const;
const answered = (bytes: Buffer, contentType = ''): Answered => ({
  ...place,
  ...{
    status: 200,
    bytes: bytes.length,
    timing: undefined,
    head: undefined,
    body: printableBody(bytes, contentType),
  },
});
const renderEnvelope = (...args: Parameters<typeof piecesOf>) => piecesOf(...args).join('');
const render = (text: string, contentType = '') =>
  renderEnvelope(answered(Buffer.from(text), contentType), (line) => line);

suite('a line of curl -o ndjson', (test) => {
  const start =
    '{"node":"a","address":"10.0.0.1:10250","via":"direct","httpStatus":200,"ms":13,"bytes":';
  for (const [title, text, contentType, body] of [
    [
      'JSON on one line',
      '{\n "a": [\n  1,\n  2\n ]\n}\n',
      'application/json',
      '"body":{"a": [1,2]}',
    ],
    ['JSON without a type', '[1]', '', '"body":[1]'],
    ['text', 'ok\n', 'text/plain', '"body":"ok\\n"'],
    ['a number that is text', '1', 'text/plain', '"body":"1"'],
    ['an empty text', '', 'text/plain', '"body":""'],
    ['text that is declared as JSON', '{"a":1}}', 'application/json', '"body":"{\\"a\\":1}}"'],
    ['text for JSON that is cut', '{"a":', 'application/json', '"body":"{\\"a\\":"'],
  ] as const)
    test(`has ${title}`, () =>
      assert.is(render(text, contentType), `${start}${Buffer.byteLength(text)},${body}}`));

  for (const number of [
    '18446744073709551615',
    '9007199254740993',
    '1.10',
    '1e400',
    '-0',
    '0.1000',
  ])
    test(`has the number ${number} unchanged`, () =>
      assert.match(render(`{"n": ${number}}`), `"body":{"n": ${number}}}`));

  test('is one line, and has the same value as the body', () =>
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 4 }), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        const line = render(text, 'application/json');
        assert.not.match(line, /[\r\n]/);
        assert.equal((JSON.parse(line) as { body: unknown }).body, JSON.parse(json));
      }),
    ));

  test('is valid JSON for any bytes that a kubelet sends', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc.string({ unit: anyCharacter }).map((text) => Buffer.from(`{${text}`)),
        ),
        fc.constantFrom('', 'application/json', 'text/plain'),
        (bytes, contentType) => {
          const line = renderEnvelope(answered(bytes, contentType), (text) => text);
          const parsed = JSON.parse(line) as { body?: string; bodyBase64?: string };
          assert.not.match(line, '\n');
          if (parsed.bodyBase64 !== undefined)
            assert.equal(Buffer.from(parsed.bodyBase64, 'base64'), bytes);
          else if (typeof parsed.body === 'string') assert.equal(Buffer.from(parsed.body), bytes);
        },
      ),
    ));

  test('has all headers, without secrets and invisible characters', () => {
    const rawHeaders = [
      ...['Content-Type', 'text/plain'],
      ...['Set-Cookie', 'a=s3cret'],
      ...['X-Name', 'a\u202e'],
      ...['set-cookie', 'b=2'],
      ...['__proto__', 'x'],
    ];
    const head = { status: 200, statusText: 'OK', rawHeaders };
    const outcome = { ...answered(Buffer.from('')), head };
    assert.is(
      renderEnvelope(outcome, (text) => text.replaceAll('s3cret', '<masked>')),
      `${start}0,"headers":{"content-type":"text/plain","set-cookie":["a=<masked>","b=2"],"x-name":"a\\u202e","__proto__":"x"},"body":""}`,
    );
  });

  test('has cause, message and hint of a failure, without secrets and invisible characters', () => {
    const failure = new Failure('denied: s3cret \u202e', {
      prefix: 'Error from server ',
      hints: ['kubectl get nodes'],
    });
    const failed: Failed = {
      ...place,
      ...{ node: undefined, status: 403, cause: 'forbidden', timedOut: false, failure },
    };
    assert.is(
      renderEnvelope(failed, (text) => text.replaceAll('s3cret', '<masked>')),
      '{"address":"10.0.0.1:10250","via":"direct","httpStatus":403,"ms":13,"cause":"forbidden","message":"Error from server denied: <masked> \\u202e","hint":"kubectl get nodes"}',
    );
  });
});
