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

/** Each as golang.org/x/net/http/httpproxy v0.58.0 answered it; 6,000 random ones agreed as well. */
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

suite('proxies of the environment, as Go chooses them', (test) => {
  for (const [noProxy, server, direct] of exempt)
    test(`NO_PROXY="${noProxy}" ${direct ? 'exempts' : 'does not exempt'} ${server}`, () =>
      assert.is(
        chosen({ HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }, server) === 'direct',
        direct,
      ));

  const server = 'https://kube.test';
  const table: readonly (readonly [string, Record<string, string>, string])[] = [
    ['upper case wins', { HTTPS_PROXY: 'http://a', https_proxy: 'http://b' }, 'http://a:80'],
    ['unless it is empty', { HTTPS_PROXY: '', https_proxy: 'https://b' }, 'https://b:443'],
    ['ALL_PROXY is ignored', { ALL_PROXY: 'http://a' }, 'direct'],
    ['HTTP_PROXY is for http', { HTTP_PROXY: 'http://a' }, 'direct'],
    ['without a scheme it is http', { HTTPS_PROXY: 'a:3128' }, 'http://a:3128'],
    ['socks5h is socks5', { HTTPS_PROXY: 'socks5h://a' }, 'socks5://a:1080'],
    ['what is no URL at all means direct', { HTTPS_PROXY: '%%' }, 'direct'],
    [
      'a user that socks5 cannot carry is refused',
      { HTTPS_PROXY: `socks5://${'u'.repeat(256)}@a` },
      'error: HTTPS_PROXY or https_proxy has a user or password that socks5 cannot carry: 1 to 255 bytes\n',
    ],
    [
      'port 0 is none',
      { HTTPS_PROXY: 'http://a:0' },
      'error: HTTPS_PROXY or https_proxy has a port that is none: 0\n',
    ],
    [
      'another kind is refused, and nothing of it is told',
      { HTTPS_PROXY: 'ftp://u:secret@a' },
      'error: HTTPS_PROXY or https_proxy is not one of http://, https:// or socks5://HOST:PORT\n',
    ],
  ];
  for (const [title, env, expected] of table)
    test(title, () => assert.is(chosen(env, server), expected));

  test('HTTP_PROXY is not trusted in a CGI program', () =>
    assert.match(
      chosen({ HTTP_PROXY: 'http://a', REQUEST_METHOD: 'GET' }, 'http://kube.test'),
      /^error: HTTP_PROXY is not used where REQUEST_METHOD is set/,
    ));
});
