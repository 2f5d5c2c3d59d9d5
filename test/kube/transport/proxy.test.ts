import * as assert from 'uvu/assert';
import { formatError } from '../../../src/errors.ts';
import { environmentProxy, formatProxy } from '../../../src/kube/transport/proxy.ts';
import { parseServer } from '../../../src/kube/transport/server-address.ts';
import { suite } from '../../kit/suite.ts';

function chosen(env: Record<string, string>, server: string): string {
  try {
    const proxy = environmentProxy(env, parseServer(server));
    return proxy ? formatProxy(proxy) : 'direct';
  } catch (error) {
    return formatError(error, false).text;
  }
}

/** Recorded from golang.org/x/net/http/httpproxy v0.58.0; 6,000 random cases agreed as well. */
const exempt: readonly (readonly [noProxy: string, server: string, direct: boolean])[] = [
  ['kube.test', 'https://kube.test', true],
  ['kube.test', 'https://a.kube.test', true],
  ['kube.test', 'https://xkube.test', false],
  ['.kube.test', 'https://kube.test', false],
  ['*.kube.test', 'https://a.kube.test', true],
  ['KUBE.test', 'https://kube.TEST', true],
  ['kube.test:443', 'https://kube.test', true],
  ['kube.test:6443', 'https://kube.test', false],
  [' a , kube.test ', 'https://kube.test', true],
  ['a kube.test', 'https://kube.test', false],
  ['*', 'https://10.1.2.3', true],
  ['10.0.0.0/8', 'https://10.1.2.3:6443', true],
  ['10.0.0.0/8', 'https://11.1.2.3', false],
  ['10.1.2.3', 'https://10.1.2.3', true],
  ['10.1.2.3:6443', 'https://10.1.2.3:443', false],
  ['10.1.2', 'https://10.1.2.3', false],
  ['10.1.2.0/33', 'https://10.1.2.3', false],
  ['fd00::/8', 'https://[fd00::5]', true],
  ['[fd00::5]:6443', 'https://[fd00:0::5]:6443', true],
  ['[fd00::5]', 'https://[fd00::5]', false],
  ['::/0', 'https://10.1.2.3', false],
  ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]', true],
  ['', 'https://127.3.4.5', true],
  ['', 'https://[::1]:6443', true],
  ['', 'https://localhost', true],
  ['', 'https://LOCALHOST', false],
];

suite('proxies of the environment', (test) => {
  for (const [noProxy, server, direct] of exempt)
    test(`NO_PROXY="${noProxy}" ${direct ? 'exempts' : 'does not exempt'} ${server}`, () =>
      assert.is(
        chosen({ HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }, server) === 'direct',
        direct,
      ));

  const server = 'https://kube.test';
  const invalid = 'error: invalid HTTPS_PROXY or https_proxy: ';
  const table: readonly (readonly [string, Record<string, string>, string])[] = [
    ['prefers upper case', { HTTPS_PROXY: 'http://a', https_proxy: 'http://b' }, 'http://a:80'],
    [
      'uses lower case if upper case is empty',
      { HTTPS_PROXY: '', https_proxy: 'https://b' },
      'https://b:443',
    ],
    ['ignores ALL_PROXY', { ALL_PROXY: 'http://a' }, 'direct'],
    ['ignores HTTP_PROXY for https', { HTTP_PROXY: 'http://a' }, 'direct'],
    ['takes a URL without a scheme for http', { HTTPS_PROXY: 'a:3128' }, 'http://a:3128'],
    ['takes socks5h for socks5', { HTTPS_PROXY: 'socks5h://a' }, 'socks5://a:1080'],
    ['connects directly with an invalid URL', { HTTPS_PROXY: '%%' }, 'direct'],
    [
      'rejects a user that is too long for socks5',
      { HTTPS_PROXY: `socks5://${'u'.repeat(256)}@a` },
      `${invalid}user and password for socks5 must be 1 to 255 bytes\n`,
    ],
    [
      'rejects port 0',
      { HTTPS_PROXY: 'http://a:0' },
      `${invalid}port 0 is not between 1 and 65535\n`,
    ],
    [
      'rejects an unsupported scheme without showing the value',
      { HTTPS_PROXY: 'ftp://u:secret@a' },
      `${invalid}must be http://, https:// or socks5://HOST:PORT\n`,
    ],
  ];
  for (const [title, env, expected] of table)
    test(title, () => assert.is(chosen(env, server), expected));

  test('refuses to use HTTP_PROXY in a CGI program', () =>
    assert.match(
      chosen({ HTTP_PROXY: 'http://a', REQUEST_METHOD: 'GET' }, 'http://kube.test'),
      /^error: refusing to use HTTP_PROXY value in CGI environment \(REQUEST_METHOD is set\)/,
    ));
});
