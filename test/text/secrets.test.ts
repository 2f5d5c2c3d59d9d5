import * as assert from 'uvu/assert';
import { Secrets } from '../../src/text/secrets.ts';
import { anyCharacter, fc } from '../kit/fast-check.ts';
import { fill, growth } from '../kit/growth.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const secret = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._-]{8,200}$/),
  fc.string({ minLength: 8, maxLength: 60 }),
  fc.string({ minLength: 8, maxLength: 60, unit: anyCharacter }),
);
const around = fc.constantFrom('', ' ', '"', 'Bearer ', '\n', 'a=', '/', '<b>', '…');

/** Forms in which a server, a log or a report may repeat a secret. */
const forms: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value).slice(1, -1),
  (value) => encodeURIComponent(value.toWellFormed()),
  (value) => Buffer.from(value).toString('base64'),
  (value) => Buffer.from(`user:${value}`).toString('base64'),
  (value) => Buffer.from(`Bearer ${value}`).toString('base64'),
  (value) => Buffer.from(`{"a":"${value}"}`).toString('base64'),
  (value) => Buffer.from(`xy${value}z`).toString('base64url'),
];
/**
 * Returns the base64 forms of a value that begins at each of the three offsets in a group of three bytes. Leaves out characters that
 * depend on other bytes.
 */
const cores = (value: string) =>
  ['', 'x', 'xy'].map((before) => {
    const encoded = Buffer.from(before + value).toString('base64');
    return encoded.slice(4, -4);
  });
const some = runs(600);

suite('secrets', (test) => {
  test('are masked in every form, at any place and several times', () =>
    fc.assert(
      fc.property(
        secret,
        fc.array(fc.tuple(around, fc.constantFrom(...forms), around), { minLength: 1 }),
        (value, places) => {
          const secrets = new Secrets();
          secrets.add(value);
          const text = places.map(([before, form, after]) => before + form(value) + after).join('');
          const masked = secrets.mask(text);
          // Removes the mask before the check, because a short secret may be a part of the mask text.
          const rest = masked.replaceAll('<masked>', '\0');
          assert.not.ok(rest.includes(value), masked);
          for (const core of value.length > 20 ? cores(value) : [])
            for (const each of [core, core.replaceAll('+', '-').replaceAll('/', '_')])
              assert.not.ok(rest.includes(each), masked);
        },
      ),
      some,
    ));

  test('are masked even if the text contains only the beginning of a long secret', () =>
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._-]{32,400}$/),
        fc.integer({ min: 16, max: 400 }),
        (value, length) => {
          const secrets = new Secrets();
          secrets.add(value);
          assert.is(secrets.mask(`got ${value.slice(0, length)}`), 'got <masked>');
        },
      ),
      some,
    ));

  test('do not change any other text', () =>
    fc.assert(
      fc.property(secret, fc.string({ unit: anyCharacter }), (value, text) => {
        const secrets = new Secrets();
        assert.is(secrets.mask(value), value);
        secrets.add(value);
        fc.pre(!forms.some((form) => text.includes(form(value).slice(0, 8))));
        assert.is(secrets.mask(text), text);
      }),
      some,
    ));

  test('are not masked in other words if they are short', () => {
    const secrets = new Secrets();
    for (const value of ['', 'a', 'node', '10250']) secrets.add(value);
    secrets.addUser({ name: 'admin', password: 'a' });
    secrets.addAuthorization('Bearer abc');
    assert.is(secrets.mask('a node at 1.2.3.4:10250: abc'), 'a node at 1.2.3.4:10250: abc');
    assert.is(secrets.mask('//admin:a@host Bearer abc'), '//<masked>@host <masked>');
    assert.is(secrets.mask(`Basic ${Buffer.from('admin:a').toString('base64')}`), 'Basic <masked>');
  });

  test('are found in URLs, in headers and in private keys', () => {
    const secrets = new Secrets();
    secrets.addUrls('--server=https://u:s3cret-1@a:1/x and socks5://s3cret-2@b, not c@d or x:y@z');
    secrets.addAuthorization(`Basic ${Buffer.from('u:s3cret-3').toString('base64')}`);
    secrets.addAuthorization('Bearer s3cret-4');
    const line = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
    secrets.addKey(`-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`);
    for (const value of ['s3cret-1', 's3cret-2', 's3cret-3', 's3cret-4', line])
      assert.is(secrets.mask(`x ${value} y`), 'x <masked> y');
    assert.is(secrets.mask('c@d x:y@z BEGIN PRIVATE KEY'), 'c@d x:y@z BEGIN PRIVATE KEY');
  });

  for (const [word, secret] of [
    ['/x?token=s3cret-value', 's3cret-value'],
    ['/x?a=b&access_token=s3cret-value#top', 's3cret-value'],
    ['/x?X-Amz-Signature=0123456789abcdef', '0123456789abcdef'],
    ['/x?password=s3cret%2Fvalue', 's3cret/value'],
    [
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
    ],
    ['--timeout=abcdef.0123456789abcdef', 'abcdef.0123456789abcdef'],
  ] as const)
    test(`are found in any word of a command line: ${word}`, () => {
      const secrets = new Secrets();
      secrets.addWord(word);
      assert.is(secrets.mask(`invalid value "${secret}"`), 'invalid value "<masked>"');
    });

  test('are not found in other words of a command line', () => {
    const secrets = new Secrets();
    const words = [
      '/logs/?query=kubelet&pattern=token',
      '/stats/summary?only_cpu_and_memory=true',
      'node-1.example.com',
      '10.0.0.1:10250',
      'app.kubernetes.io/name=web',
    ];
    for (const word of words) secrets.addWord(word);
    for (const word of words) assert.is(secrets.mask(word), word);
  });

  test('are masked in linear time', () => {
    const secrets = new Secrets();
    for (let index = 0; index < 40; index += 1) secrets.add(`${index}-`.repeat(30));
    const mask = (text: string) => secrets.mask(text);
    const found = growth(mask, (length) => fill('0-0-0-1-node-1 ', length));
    assert.is(found, undefined);
  });
});
