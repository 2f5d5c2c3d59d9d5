import * as assert from 'uvu/assert';
import { encodePath, parseUrl } from '../../../src/kube/transport/url.ts';
import { suite } from '../../kit/suite.ts';

/** What Go 1.26's url.Parse said of each, as scheme, user, host, port and path. */
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
  // What JavaScript's URL would take for something else.
  ['https://h\\@evil', ['refused']],
  ['https://h\n.evil', ['refused']],
  ['https://a b', ['refused']],
  ['http://h:p', ['refused']],
  ['127.0.0.1:80', ['refused']],
  ['[::1]:80', ['refused']],
  ['https://h/%zz', ['refused']],
  ['https://127.1', ['https', undefined, '127.1', '', '']],
];

suite('URLs, as Go reads them', (test) => {
  for (const [text, expected] of read)
    test(JSON.stringify(text), () => {
      const url = parseUrl(text);
      const user = url?.user && `${url.user.name}:${url.user.password}`;
      assert.equal(url ? [url.scheme, user, url.host, url.port, url.path] : ['refused'], expected);
    });

  test('a path is written as Go writes it', () =>
    assert.is(encodePath('/a b/(x)!?@:$ü'), '/a%20b/%28x%29%21%3F@:$%C3%BC'));
});
