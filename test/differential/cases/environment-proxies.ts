import { type Case, casesOf, withCluster } from '../case.ts';

/** A cluster whose server has a host name that only the proxy resolves. Go ignores proxies in the environment for loopback addresses. */
const named = 'server: "https://kube.test:{{https.port}}", certificate-authority: {{ca}}';
const byName = (title: string, env: Record<string, string>): Case =>
  withCluster(title, named, { env });
/** Calls the server at 0.0.0.0, which reaches this machine. Go uses proxies for it, because it does not treat 0.0.0.0 as loopback. */
const byAddress = (title: string, env: Record<string, string>, address = '0.0.0.0'): Case =>
  withCluster(title, `server: "https://${address}:{{https.port}}", certificate-authority: {{ca}}`, {
    env,
  });
const overHttp = (title: string, env: Record<string, string>): Case =>
  withCluster(title, 'server: "http://kube.test:{{http.port}}"', { env });
/** Returns a case whose server has a name in /etc/hosts. */
const resolved = (
  title: string,
  noProxy: string,
  name = 'kube.test',
  more: Record<string, string> = {},
): Case =>
  withCluster(title, `server: "https://${name}:{{https.port}}", certificate-authority: {{ca}}`, {
    env: { HTTPS_PROXY: '{{proxy}}', NO_PROXY: noProxy, ...more },
    mount: 'hosts',
  });

const variables: readonly Case[] = [
  byName('HTTPS_PROXY is obeyed', { HTTPS_PROXY: '{{proxy}}' }),
  byName('https_proxy is obeyed', { https_proxy: '{{proxy}}' }),
  byName('HTTPS_PROXY beats https_proxy', {
    HTTPS_PROXY: '{{proxy}}',
    https_proxy: '{{secondProxy}}',
  }),
  byName('an empty HTTPS_PROXY gives way to https_proxy', {
    HTTPS_PROXY: '',
    https_proxy: '{{proxy}}',
  }),
  byAddress('HTTP_PROXY does not apply to https', { HTTP_PROXY: '{{proxy}}' }),
  byAddress('ALL_PROXY is ignored', { ALL_PROXY: '{{proxy}}' }),
  byAddress('a server is called directly if HTTPS_PROXY is invalid', { HTTPS_PROXY: 'http://%zz' }),
  byAddress('HTTPS_PROXY consists of spaces', { HTTPS_PROXY: ' ' }),
  byAddress('HTTPS_PROXY has an unknown scheme', { HTTPS_PROXY: 'ftp://127.0.0.1:{{proxy.port}}' }),
  byName('HTTPS_PROXY with an address and no scheme is an HTTP proxy', {
    HTTPS_PROXY: '127.0.0.1:{{proxy.port}}',
  }),
  byName('HTTPS_PROXY with a host name and no scheme is an HTTP proxy', {
    HTTPS_PROXY: 'localhost:{{proxy.port}}',
  }),
  byName('HTTPS_PROXY has the scheme socks5', { HTTPS_PROXY: '{{socks}}' }),
  byName('HTTPS_PROXY has the scheme socks5h', {
    HTTPS_PROXY: 'socks5h://127.0.0.1:{{socks.port}}',
  }),
  byName('HTTPS_PROXY has the scheme https', { HTTPS_PROXY: '{{httpsProxy}}' }),
  byName('HTTPS_PROXY has a user and a password', {
    HTTPS_PROXY: 'http://u:p@127.0.0.1:{{proxy.port}}',
  }),
  byName('HTTPS_PROXY has a user and a password, but no scheme', {
    HTTPS_PROXY: 'u:p@127.0.0.1:{{proxy.port}}',
  }),
  byName('HTTPS_PROXY names a closed port', { HTTPS_PROXY: 'http://127.0.0.1:1' }),
  byAddress('HTTPS_PROXY applies to a server with an IP address', { HTTPS_PROXY: '{{proxy}}' }),
  byAddress('HTTPS_PROXY does not apply to loopback', { HTTPS_PROXY: '{{proxy}}' }, '127.0.0.1'),
  byAddress(
    'HTTPS_PROXY does not apply to an IPv4 loopback address written as IPv6',
    { HTTPS_PROXY: '{{proxy}}' },
    '[::ffff:127.0.0.1]',
  ),
  byName('REQUEST_METHOD does not matter to HTTPS_PROXY', {
    HTTPS_PROXY: '{{proxy}}',
    REQUEST_METHOD: 'GET',
  }),
  byAddress('REQUEST_METHOD with HTTP_PROXY and an https server', {
    HTTP_PROXY: '{{proxy}}',
    REQUEST_METHOD: 'GET',
  }),
  ...casesOf(overHttp, {
    'HTTP_PROXY is obeyed for http': { HTTP_PROXY: '{{proxy}}' },
    'http_proxy is obeyed for http': { http_proxy: '{{proxy}}' },
    'HTTP_PROXY beats http_proxy': {
      HTTP_PROXY: '{{proxy}}',
      http_proxy: '{{secondProxy}}',
    },
    'HTTP_PROXY with credentials for http': {
      HTTP_PROXY: 'http://u:p@127.0.0.1:{{proxy.port}}',
    },
    'REQUEST_METHOD with HTTP_PROXY is an error': {
      HTTP_PROXY: '{{proxy}}',
      REQUEST_METHOD: 'GET',
    },
    'REQUEST_METHOD with http_proxy': { http_proxy: '{{proxy}}', REQUEST_METHOD: 'GET' },
    'an empty REQUEST_METHOD with HTTP_PROXY': {
      HTTP_PROXY: '{{proxy}}',
      REQUEST_METHOD: '',
    },
  }),
];

const past = (title: string, noProxy: string, more: Record<string, string> = {}): Case =>
  byAddress(title, { HTTPS_PROXY: '{{proxy}}', NO_PROXY: noProxy, ...more });
/** Calls port 1, on which no server listens, because Go reaches `::` by IPv4 and other programs by IPv6. Only the proxy sees requests. */
const overIpv6 = (title: string, noProxy: string): Case =>
  withCluster(title, 'server: "https://[::]:1", certificate-authority: {{ca}}', {
    env: { HTTPS_PROXY: '{{proxy}}', NO_PROXY: noProxy },
    starts: ['https'],
  });
const still = (title: string, noProxy: string): Case =>
  byName(title, { HTTPS_PROXY: '{{proxy}}', NO_PROXY: noProxy });

const exceptions: readonly Case[] = [
  past('NO_PROXY has the address of the server', '0.0.0.0'),
  past('NO_PROXY has a network as an address within it and a prefix length', '0.1.2.3/8'),
  past('NO_PROXY has * among other entries', 'a.test,*'),
  past('NO_PROXY has the end of the address of the server', '.0.0'),
  past('NO_PROXY is not split at semicolons', 'a.test;0.0.0.0'),
  past('NO_PROXY has empty entries', ',,0.0.0.0,'),
  past('no_proxy is obeyed', '', { no_proxy: '0.0.0.0' }),
  past('NO_PROXY beats no_proxy', 'a.test', { no_proxy: '0.0.0.0' }),
  byAddress('no_proxy alone is obeyed', { HTTPS_PROXY: '{{proxy}}', no_proxy: '0.0.0.0' }),
  overIpv6('NO_PROXY has the IPv6 address of the server', '::'),
  still('NO_PROXY with a star and a dot does not match the name itself', '*.kube.test'),
  still('NO_PROXY has a subdomain of the server', 'sub.kube.test'),
  still('NO_PROXY has the URL of the server', 'https://kube.test'),
  still('NO_PROXY has a loopback address', 'localhost,127.0.0.1'),
  still('NO_PROXY has a name with a star in its middle', 'kube.*'),
  resolved('NO_PROXY has the name of the server', 'kube.test'),
  resolved('NO_PROXY has the domain of the server after a dot', '.test'),
  resolved(
    'NO_PROXY has the domain, and the server is in a subdomain',
    'kube.test',
    'sub.kube.test',
  ),
  resolved('NO_PROXY has the network to which the name of the server resolves', '127.0.0.0/8'),
  resolved('a name of this machine is called without a proxy', '', 'kube.test', {
    HTTPS_PROXY: '',
  }),
  resolved('NO_PROXY has the name of the server with a dot at its end', 'kube.test.'),
];

export const environmentProxyCases: readonly Case[] = [...variables, ...exceptions];
