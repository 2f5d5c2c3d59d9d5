import * as assert from 'uvu/assert';
import { encodePath, parseUrl } from '../../../src/kube/transport/url.ts';
import { suite } from '../../kit/suite.ts';

/** For each URL, the result of url.Parse of Go 1.26: scheme, user, host, port and path. */
const read: readonly (readonly [string, readonly (string | undefined)[]])[] = [
  ['https://h:1/a%20b/', ['https', undefined, 'h', '1', '/a b/']],
  ['HTTPS://KUBE/x', ['https', undefined, 'KUBE', '', '/x']],
  ['https://h:', ['https', undefined, 'h', '', '']],
  ['https://h?x=1', ['https', undefined, 'h', '', '']],
  ['https://h/p?x=1#y', ['https', undefined, 'h', '', '/p']],
  ['https://u:p%40s@h:1', ['https', 'u:p@s', 'h', '1', '']],
  ['https://a@b@h', ['https', 'a@b:', 'h', '', '']],
  ['https://[::1]:6443', ['https', undefined, '::1', '6443', '']],
  ['https://[fe80::1%25eth0]:6443/', ['https', undefined, 'fe80::1%eth0', '6443', '/']],
  ['localhost:8080', ['localhost', undefined, '', '', '']],
  ['//h/p', ['', undefined, 'h', '', '/p']],
  ['h/p', ['', undefined, '', '', 'h/p']],
  // JavaScript's URL reads these URLs differently.
  ['https://h\\@evil', ['invalid']],
  ['https://h\n.evil', ['invalid']],
  ['https://a b', ['invalid']],
  ['http://h:p', ['invalid']],
  ['127.0.0.1:80', ['invalid']],
  ['[::1]:80', ['invalid']],
  ['https://h/%zz', ['invalid']],
  ['https://127.1', ['https', undefined, '127.1', '', '']],
];

suite('URLs', (test) => {
  for (const [text, expected] of read)
    test(`reads ${JSON.stringify(text)} as Go does`, () => {
      const url = parseUrl(text);
      const user = url?.user && `${url.user.name}:${url.user.password}`;
      assert.equal(url ? [url.scheme, user, url.host, url.port, url.path] : ['invalid'], expected);
    });

  test('escapes a path as Go does', () =>
    assert.is(encodePath('/a b/(x)!?@:$ü'), '/a%20b/%28x%29%21%3F@:$%C3%BC'));
});
