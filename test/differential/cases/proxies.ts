import { type Case, casesOf, kubeconfig } from '../case.ts';

/** Returns a case with a server that is called through a proxy. The name of the server is never resolved. */
const behind = (
  title: string,
  proxy: string,
  {
    cluster = '',
    user = 'token: t',
    server = 'https://kube.test:{{https.port}}',
    ...more
  }: Omit<Case, 'title'> & {
    readonly cluster?: string;
    readonly user?: string;
    readonly server?: string;
  } = {},
): Case => ({
  title,
  ...more,
  files: {
    config: kubeconfig({
      cluster: `server: "${server}", certificate-authority: {{ca}}, proxy-url: "${proxy}"${cluster && `, ${cluster}`}`,
      user,
    }),
    ...more.files,
  },
});
const pair = 'client-certificate: {{cert}}, client-key: {{key}}';
const http = 'http://kube.test:{{http.port}}';

const kinds: readonly Case[] = [
  behind('proxy-url has the scheme http', '{{proxy}}'),
  behind('proxy-url has the scheme https', '{{httpsProxy}}'),
  behind('proxy-url has the scheme socks5', '{{socks}}'),
  behind('proxy-url has the scheme socks5h', 'socks5h://127.0.0.1:{{socks.port}}'),
  behind('proxy-url of ftp is an error', 'ftp://127.0.0.1:{{proxy.port}}'),
  behind('proxy-url has a scheme in upper case', 'HTTP://127.0.0.1:{{proxy.port}}'),
  behind('proxy-url has an address and no scheme', '127.0.0.1:{{proxy.port}}'),
  behind('proxy-url has a host name and no scheme', 'localhost:{{proxy.port}}'),
  behind('proxy-url has no host', 'http://'),
  behind('proxy-url is malformed', '::'),
  behind('proxy-url has a malformed escape', 'http://%zz:1'),
  behind('an empty proxy-url is no proxy', '', { server: '{{https}}' }),
  behind('proxy-url has a path', '{{proxy}}/a/b?c=d#e'),
  behind('proxy-url ends with a slash', '{{proxy}}/'),
  behind('proxy-url names a closed port', 'http://127.0.0.1:1'),
  behind('an HTTP proxy is called over https', 'https://127.0.0.1:{{proxy.port}}'),
];

const uses: readonly Case[] = [
  ...casesOf((title, server: string) => behind(title, '{{proxy}}', { server }), {
    'proxy-url applies to loopback': '{{https}}',
    'proxy-url applies to localhost': 'https://localhost:{{https.port}}',
    'proxy-url applies to an IPv6 literal': 'https://[::1]:{{https.port}}',
    'proxy-url of http applies to an http server': http,
    'an http server with a path prefix and a query is called through a proxy': `${http}/a b/`,
    'an http server gets the user of its URL through a proxy': 'http://u:p@kube.test:{{http.port}}',
    'a server with a path prefix is called through a proxy': 'https://kube.test:{{https.port}}/a/b',
    'user information of the server is not sent to the proxy':
      'https://u:p@kube.test:{{https.port}}',
    'a server that another CA signed is called through an HTTP proxy':
      'https://kube.test:{{otherCaHttps.port}}',
  }),
  ...casesOf((title, server: string) => behind(title, '{{socks}}', { server }), {
    'proxy-url of socks5 applies to loopback': '{{https}}',
    'proxy-url of socks5 applies to an IPv6 literal': 'https://[::1]:{{https.port}}',
    'proxy-url of socks5 applies to an http server': http,
  }),
  behind('proxy-url has the scheme socks5 and no port', '{{socks}}', {
    server: 'https://kube.test',
    starts: ['https'],
  }),
  behind('proxy-url ignores NO_PROXY', '{{proxy}}', { env: { NO_PROXY: '*,kube.test,127.0.0.1' } }),
  behind('proxy-url beats HTTPS_PROXY', '{{proxy}}', { env: { HTTPS_PROXY: '{{secondProxy}}' } }),
  behind(
    'an https proxy for an http server is verified with the CAs of the system alone',
    '{{httpsProxy}}',
    { server: http },
  ),
  behind('an http server gets no token through a proxy', 'http://u:p@127.0.0.1:{{proxy.port}}', {
    server: http,
  }),
  behind('a client certificate is shown through an HTTP proxy', '{{proxy}}', { user: pair }),
  behind('a client certificate is shown through a SOCKS5 proxy', '{{socks}}', { user: pair }),
  behind('impersonation headers are sent through a proxy', '{{proxy}}', {
    user: 'token: t, as: me',
  }),
  behind('tls-server-name is sent through an HTTP proxy', '{{proxy}}', {
    server: 'https://kube.test:{{otherName.port}}',
    cluster: 'tls-server-name: other.test',
  }),
  behind('an HTTP proxy refuses the tunnel', '{{proxy}}', { answers: { proxy: [403] } }),
  behind('an HTTP proxy asks for credentials', '{{proxy}}', { answers: { proxy: [407] } }),
  behind('an HTTPS proxy refuses the tunnel', '{{httpsProxy}}', { answers: { httpsProxy: [403] } }),
  behind('a server responds with 401 through a proxy', '{{proxy}}', { answers: { https: [401] } }),
];

const credentials: readonly Case[] = [
  ...casesOf(behind, {
    'an HTTP proxy gets the user and password of its URL': 'http://u:p@127.0.0.1:{{proxy.port}}',
    'an HTTP proxy gets the user and password of its URL, which has escapes':
      'http://u%40x:p%3A%20%C3%BC@127.0.0.1:{{proxy.port}}',
    'the URL of an HTTP proxy has a user and no password': 'http://u@127.0.0.1:{{proxy.port}}',
    'the URL of an HTTP proxy has a user and an empty password':
      'http://u:@127.0.0.1:{{proxy.port}}',
    'the URL of an HTTP proxy has an empty user': 'http://:p@127.0.0.1:{{proxy.port}}',
    'an HTTPS proxy gets the user and password of its URL':
      'https://u:p@127.0.0.1:{{httpsProxy.port}}',
    'a SOCKS5 proxy gets the user and password of its URL': 'socks5://u:p@127.0.0.1:{{socks.port}}',
  }),
];

const overTls: readonly Case[] = [
  behind('an https proxy is shown the client certificate', '{{httpsProxy}}', { user: pair }),
  behind('an https proxy is verified with the CA of the cluster', '{{otherCaProxy}}'),
  behind('an https proxy must have the tls-server-name', '{{httpsProxy}}', {
    cluster: 'tls-server-name: other.test',
  }),
  behind('the certificate of an HTTPS proxy has another name', '{{otherNameProxy}}'),
  behind('tls-server-name is the name of proxy and server', '{{otherNameProxy}}', {
    server: 'https://kube.test:{{otherName.port}}',
    cluster: 'tls-server-name: other.test',
  }),
  behind('an HTTPS proxy is given by a name', 'https://localhost:{{httpsProxy.port}}'),
  {
    title: 'an https proxy is not verified with insecure-skip-tls-verify',
    files: {
      config: kubeconfig({
        cluster:
          'server: "https://kube.test:{{https.port}}", insecure-skip-tls-verify: true, proxy-url: "{{otherCaProxy}}"',
      }),
    },
  },
  {
    title: 'an HTTPS proxy is verified with the CA of SSL_CERT_FILE',
    files: {
      config: kubeconfig({
        cluster: 'server: "https://kube.test:{{https.port}}", proxy-url: "{{httpsProxy}}"',
      }),
    },
    env: { SSL_CERT_FILE: '{{ca}}' },
  },
];

export const proxyCases: readonly Case[] = [...kinds, ...uses, ...credentials, ...overTls];
