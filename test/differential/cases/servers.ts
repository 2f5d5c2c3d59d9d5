import { type Case, casesOf, kubeconfig, withCluster, withUser } from '../case.ts';

/** Returns a case that calls a server at this URL. The server's certificate contains the host. */
const server = (title: string, url: string, more: Omit<Case, 'title'> = {}): Case =>
  withCluster(title, `server: "${url}", certificate-authority: {{ca}}`, more);
/** Returns a case that calls a URL through a proxy. The proxy records the requested host and port. */
const proxied = (title: string, url: string): Case =>
  withCluster(
    title,
    `server: "${url}", certificate-authority: {{ca}}, proxy-url: "{{proxy}}"`,
    // The proxy connects to this server.
    { starts: ['https'] },
  );
const proxiedHttp = (title: string, url: string): Case =>
  withCluster(title, `server: "${url}", proxy-url: "{{proxy}}"`, { starts: ['http'] });

const urls: readonly Case[] = [
  ...casesOf(server, {
    'a path prefix is kept': '{{https}}/a/b',
    'a path prefix with a trailing slash': '{{https}}/a/',
    'a server has only a slash as its path': '{{https}}/',
    'two slashes before a prefix': '{{https}}//a',
    'percent escapes in a prefix': '{{https}}/a%20b%2Fc',
    'percent escapes of plain letters in a prefix': '{{https}}/%61',
    'malformed percent escapes in a prefix': '{{https}}/a%zz',
    'a space in a prefix': '{{https}}/a b',
    'non-ASCII letters in a prefix': '{{https}}/é',
    'dots in a prefix': '{{https}}/a/../b/./c',
    'a query in a server': '{{https}}/a?b=c',
    'a fragment in a server': '{{https}}/a#b',
    'a fragment alone in a server': '{{https}}#b',
    'a semicolon in a prefix': '{{https}}/a;b=c',
    'a server is localhost': 'https://localhost:{{https.port}}',
    'a server has a scheme in upper case': 'HTTPS://127.0.0.1:{{https.port}}',
    'a server has a host in upper case': 'https://LOCALHOST:{{https.port}}',
    'a server has an IPv6 address as its host': '{{https6}}',
    'a server has an IPv6 address in its long form': 'https://[0:0:0:0:0:0:0:1]:{{https6.port}}',
    'a server has an IPv6 address without brackets': 'https://::1:{{https6.port}}',
    'an http server has an IPv6 address': '{{http6}}',
    'a server has an IPv4 address written as IPv6': 'https://[::ffff:127.0.0.1]:{{https.port}}',
    'a server has an IPv6 address with a zone': 'https://[::1%25lo]:{{https6.port}}',
    '0.0.0.0 and :: are this machine': 'https://0.0.0.0:{{https.port}}',
    'a server has a port that is too large': 'https://127.0.0.1:99999',
    'a server has letters as its port': 'https://127.0.0.1:port',
    'a server has an empty port': 'https://127.0.0.1:',
    'a server has no host': 'https://',
    'a server has a port and no host': 'https://:{{https.port}}',
    'a server has white space before its URL': ' {{https}}',
    'a server has a line break': '{{https}}\\n',
    'a server has an unknown scheme': 'ftp://127.0.0.1:{{https.port}}',
    'a server has a scheme without slashes': 'https:127.0.0.1:{{https.port}}',
    'a server begins with slashes and has no scheme': '//127.0.0.1:{{https.port}}',
    'a server has backslashes': 'https:\\\\\\\\127.0.0.1:{{https.port}}',
    'user information in an https server': 'https://u:p@127.0.0.1:{{https.port}}',
    'a server without scheme is http': '127.0.0.1:{{http.port}}',
    'localhost without scheme is http': 'localhost:{{http.port}}',
    'an IPv6 literal without scheme is http': '[::1]:{{http6.port}}',
    'a server without scheme but with a path is an error': '127.0.0.1:{{http.port}}/a',
    'a server without scheme but with a slash': '127.0.0.1:{{http.port}}/',
    'a name without scheme but with a path': 'localhost:{{http.port}}/a',
    'a server has user information and no scheme': 'u:p@127.0.0.1:{{http.port}}',
    'a server is only a port': ':{{http.port}}',
    'an http server has a path prefix': '{{http}}/a/b/',
    'an https server that is called over http': 'http://127.0.0.1:{{https.port}}',
    'an http server that is called over https': 'https://127.0.0.1:{{http.port}}',
  }),
  proxied('a server without a port is called at port 443', 'https://kube.test'),
  proxied('a server may name port 443', 'https://kube.test:443/a'),
  proxied('an https server has port 80', 'https://kube.test:80'),
  proxied('an upper-case name through a proxy', 'https://KUBE.Test'),
  proxied('a name with a dot at its end through a proxy', 'https://kube.test.'),
  // These names are called through a proxy, because Go would otherwise ask the DNS resolver for them.
  proxied('a server has an IPv4 address in its short form', 'https://127.1'),
  proxied('a server has a host with an underscore', 'https://a_b.test'),
  proxied('a server has a host with percent escapes', 'https://kube%2etest'),
  proxied('an IPv6 literal through a proxy', 'https://[::1]'),
  proxied('a name with non-ASCII letters through a proxy', 'https://zoë.test'),
  proxied('an IPv4 address without port through a proxy', 'https://127.0.0.1/a'),
  proxiedHttp('an http server without a port is called at port 80', 'http://kube.test'),
  proxiedHttp('an http server may name port 80', 'http://kube.test:80/a'),
  proxiedHttp('a server is a name without scheme and port', 'kube.test'),
  proxiedHttp('a server with port 443 and no scheme is an http server', 'kube.test:443'),
];

const overHttp = (title: string, user: string, more: Omit<Case, 'title' | 'files'> = {}): Case => ({
  title,
  files: { config: kubeconfig({ cluster: 'server: "{{http}}"', user }) },
  ...more,
});

const http: readonly Case[] = [
  ...casesOf(overHttp, {
    'a token is not sent over http': 'token: t',
    'user and password are not sent over http': 'username: u, password: p',
    'over http missing certificate files are an error':
      'client-certificate: missing, client-key: missing',
    'over http a faulty certificate does not matter':
      'client-certificate-data: YQ==, client-key-data: YQ==',
    'a plugin is not run over http':
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: /nonexistent, interactiveMode: Never}',
    'over http a faulty exec is an error': 'exec: {apiVersion: nonsense, command: x}',
    'credentials are not required over http': '',
    'over http impersonation is sent':
      'token: t, as: me, as-groups: [a, b], as-uid: "1", as-user-extra: {k: [v]}',
    'over http as-groups without as are an error, too': 'as-groups: [a]',
    'over http a user has a token, a user name and a password':
      'token: t, username: u, password: p',
    'over http an auth-provider is not used': 'auth-provider: {name: gcp}',
    'over http the tokenFile is missing': 'tokenFile: missing',
  }),
  overHttp('over http --token is not sent', '', { args: ['--token=t'] }),
  overHttp('over http --username is not sent', '', { args: ['--username=u', '--password=p'] }),
  ...casesOf(withCluster, {
    'over http user information in the URL is sent':
      'server: "http://u:p%40@127.0.0.1:{{http.port}}"',
    'over http a user without password in the URL is sent':
      'server: "http://u@127.0.0.1:{{http.port}}"',
    'over http the CA file is missing': 'server: "{{http}}", certificate-authority: missing',
    'over http a cluster has both insecure-skip-tls-verify and a CA':
      'server: "{{http}}", certificate-authority: {{ca}}, insecure-skip-tls-verify: true',
    'over http a tls-server-name has no effect': 'server: "{{http}}", tls-server-name: x.test',
  }),
  ...casesOf(
    (title, user: string): Case =>
      withUser(title, user, {
        files: {
          config: kubeconfig({
            cluster:
              'server: "https://u:p@127.0.0.1:{{https.port}}", certificate-authority: {{ca}}',
            user,
          }),
        },
      }),
    {
      'over https the user in the URL beats username and password': 'username: other, password: x',
      'user information in the URL is no credential to a user without any': '',
    },
  ),
];

const answers: readonly Case[] = [
  withUser('a request is not repeated after a 401', 'token: t', { answers: { https: [401] } }),
  withUser('a request is not repeated after a 403', 'token: t', { answers: { https: [403] } }),
  withUser('a request is not repeated after a 429 without Retry-After', 'token: t', {
    answers: { https: [429] },
  }),
];

export const serverCases: readonly Case[] = [...urls, ...http, ...answers];
