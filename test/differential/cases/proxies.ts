import { type Case, kubeconfig } from '../case.ts';

/** A case of a server behind a proxy. The server's name is never resolved. */
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
  behind('proxy-url of http', '{{proxy}}'),
  behind('proxy-url of https', '{{httpsProxy}}'),
  behind('proxy-url of socks5', '{{socks}}'),
  behind('proxy-url of socks5h', 'socks5h://127.0.0.1:{{socks.port}}'),
  behind('proxy-url of ftp is an error', 'ftp://127.0.0.1:{{proxy.port}}'),
  behind('proxy-url of an upper-case scheme', 'HTTP://127.0.0.1:{{proxy.port}}'),
  behind('proxy-url without scheme', '127.0.0.1:{{proxy.port}}'),
  behind('proxy-url of a name without scheme', 'localhost:{{proxy.port}}'),
  behind('proxy-url without host', 'http://'),
  behind('proxy-url that is malformed', '::'),
  behind('proxy-url with a malformed escape', 'http://%zz:1'),
  behind('an empty proxy-url is no proxy', '', { server: '{{https}}' }),
  behind('proxy-url with a path', '{{proxy}}/a/b?c=d#e'),
  behind('proxy-url with a slash', '{{proxy}}/'),
  behind('proxy-url of a closed port', 'http://127.0.0.1:1'),
  behind('an http proxy that is called over https', 'https://127.0.0.1:{{proxy.port}}'),
];

const uses: readonly Case[] = [
  behind('proxy-url applies to loopback', '{{proxy}}', { server: '{{https}}' }),
  behind('proxy-url applies to localhost', '{{proxy}}', {
    server: 'https://localhost:{{https.port}}',
  }),
  behind('proxy-url of socks5 applies to loopback', '{{socks}}', { server: '{{https}}' }),
  behind('proxy-url applies to an IPv6 literal', '{{proxy}}', {
    server: 'https://[::1]:{{https.port}}',
  }),
  behind('proxy-url of socks5 applies to an IPv6 literal', '{{socks}}', {
    server: 'https://[::1]:{{https.port}}',
  }),
  behind('proxy-url of socks5 and no port', '{{socks}}', {
    server: 'https://kube.test',
    starts: ['https'],
  }),
  behind('proxy-url ignores NO_PROXY', '{{proxy}}', { env: { NO_PROXY: '*,kube.test,127.0.0.1' } }),
  behind('proxy-url beats HTTPS_PROXY', '{{proxy}}', { env: { HTTPS_PROXY: '{{secondProxy}}' } }),
  behind('proxy-url of http applies to an http server', '{{proxy}}', { server: http }),
  behind(
    'an https proxy for an http server is verified with the CAs of the system alone',
    '{{httpsProxy}}',
    { server: http },
  ),
  behind('proxy-url of socks5 applies to an http server', '{{socks}}', { server: http }),
  behind('an http server by a proxy with a prefix and a query', '{{proxy}}', {
    server: `${http}/a b/`,
  }),
  behind('an http server by a proxy gets no token', 'http://u:p@127.0.0.1:{{proxy.port}}', {
    server: http,
  }),
  behind('an http server by a proxy gets the user of its URL', '{{proxy}}', {
    server: 'http://u:p@kube.test:{{http.port}}',
  }),
  behind('a path prefix by a proxy', '{{proxy}}', {
    server: 'https://kube.test:{{https.port}}/a/b',
  }),
  behind('user information of the server is not sent to the proxy', '{{proxy}}', {
    server: 'https://u:p@kube.test:{{https.port}}',
  }),
  behind('a client certificate by an http proxy', '{{proxy}}', { user: pair }),
  behind('a client certificate by socks5', '{{socks}}', { user: pair }),
  behind('impersonation by a proxy', '{{proxy}}', { user: 'token: t, as: me' }),
  behind('tls-server-name by an http proxy', '{{proxy}}', {
    server: 'https://kube.test:{{otherName.port}}',
    cluster: 'tls-server-name: other.test',
  }),
  behind('the wrong CA by an http proxy', '{{proxy}}', {
    server: 'https://kube.test:{{otherCaHttps.port}}',
  }),
  behind('a proxy that refuses', '{{proxy}}', { answers: { proxy: [403] } }),
  behind('a proxy that asks for credentials', '{{proxy}}', { answers: { proxy: [407] } }),
  behind('an https proxy that refuses', '{{httpsProxy}}', { answers: { httpsProxy: [403] } }),
  behind('a 401 by a proxy', '{{proxy}}', { answers: { https: [401] } }),
];

const credentials: readonly Case[] = [
  behind('credentials of an http proxy', 'http://u:p@127.0.0.1:{{proxy.port}}'),
  behind(
    'credentials of an http proxy with escapes',
    'http://u%40x:p%3A%20%C3%BC@127.0.0.1:{{proxy.port}}',
  ),
  behind('a user of an http proxy without password', 'http://u@127.0.0.1:{{proxy.port}}'),
  behind('a user of an http proxy with an empty password', 'http://u:@127.0.0.1:{{proxy.port}}'),
  behind('an empty user of an http proxy', 'http://:p@127.0.0.1:{{proxy.port}}'),
  behind('credentials of an https proxy', 'https://u:p@127.0.0.1:{{httpsProxy.port}}'),
  behind('credentials of socks5', 'socks5://u:p@127.0.0.1:{{socks.port}}'),
];

const overTls: readonly Case[] = [
  behind('an https proxy is shown the client certificate', '{{httpsProxy}}', { user: pair }),
  behind('an https proxy is verified with the CA of the cluster', '{{otherCaProxy}}'),
  behind('an https proxy must have the tls-server-name', '{{httpsProxy}}', {
    cluster: 'tls-server-name: other.test',
  }),
  behind('an https proxy of another name', '{{otherNameProxy}}'),
  behind('tls-server-name is the name of proxy and server', '{{otherNameProxy}}', {
    server: 'https://kube.test:{{otherName.port}}',
    cluster: 'tls-server-name: other.test',
  }),
  behind('an https proxy that is a name', 'https://localhost:{{httpsProxy.port}}'),
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
    title: 'an https proxy and the CA of SSL_CERT_FILE',
    files: {
      config: kubeconfig({
        cluster: 'server: "https://kube.test:{{https.port}}", proxy-url: "{{httpsProxy}}"',
      }),
    },
    env: { SSL_CERT_FILE: '{{ca}}' },
  },
];

export const proxyCases: readonly Case[] = [...kinds, ...uses, ...credentials, ...overTls];
