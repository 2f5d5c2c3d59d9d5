import { type Case, casesOf, withUser } from '../case.ts';

/** Returns an ID token with a fake signature, because kubectl checks only its expiry. */
function idToken(expires: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: 'https://issuer.test', exp: expires })}.c2ln`;
}
const farFuture = 4_102_444_800;
const longAgo = 1_000_000_000;
const withToken = (token: string) => ({ files: { token } });

const tokens: readonly Case[] = [
  withUser('a token is sent', 'token: abc.DEF-1_2~+/=='),
  withUser('an empty token is no token', 'token: ""'),
  withUser('a token with a line break is an error', 'token: "t\\n"'),
  withUser('a token with spaces around it is sent unchanged', 'token: " t "'),
  withUser('a token has a space within', 'token: "a b"'),
  withUser('a token has a tab', 'token: "a\\tb"'),
  withUser('a token has non-ASCII letters', 'token: "té"'),
  withUser('a token has a NUL character', 'token: "a\\0b"'),
  withUser('a token has only spaces', 'token: "  "'),
  withUser('tokenFile is read', 'tokenFile: token', withToken('file')),
  withUser(
    'white space around the token in tokenFile is removed',
    'tokenFile: token',
    withToken(' \t file\r\n\n'),
  ),
  withUser(
    'a tokenFile with a line break within the token is an error',
    'tokenFile: token',
    withToken('a\nb'),
  ),
  withUser('tokenFile begins with a byte order mark', 'tokenFile: token', withToken('\uFEFFfile')),
  withUser('tokenFile beats token', 'token: inline, tokenFile: token', withToken('file\n')),
  withUser('a missing tokenFile gives way to token', 'token: inline, tokenFile: missing'),
  withUser(
    'an empty tokenFile gives way to token',
    'token: inline, tokenFile: token',
    withToken(''),
  ),
  withUser(
    'a tokenFile of white space gives way to token',
    'token: inline, tokenFile: token',
    withToken(' \n'),
  ),
  withUser('a tokenFile that is a folder gives way to token', 'token: inline, tokenFile: .'),
  withUser(
    'tokenFile names an empty file, and there is no token',
    'tokenFile: token',
    withToken(''),
  ),
  withUser('a tokenFile with an empty path counts as absent', 'token: inline, tokenFile: ""'),
];

const basic: readonly Case[] = [
  ...casesOf(withUser, {
    'username and password are sent': 'username: u, password: p',
    'user and password have colons and non-ASCII letters': 'username: "ü", password: "p:ß"',
    'a user has a username and no password': 'username: u',
    'a user has a username and an empty password': 'username: u, password: ""',
    'a password alone asks for a user name': 'password: p',
    'no credentials ask for a user name': '',
    'token and username with password are an error': 'token: t, username: u, password: p',
    'token and username without password are an error': 'token: t, username: u',
    'token and password without username are given': 'token: t, password: p',
    'a missing tokenFile and username with password are given':
      'tokenFile: missing, username: u, password: p',
    'token, tokenFile and username with password are an error':
      'token: t, tokenFile: missing, username: u, password: p',
  }),
  withUser(
    'tokenFile and username with password are an error',
    'tokenFile: token, username: u, password: p',
    withToken('t'),
  ),
];

const pair = 'client-certificate: {{cert}}, client-key: {{key}}';
const pairData = 'client-certificate-data: {{certData}}, client-key-data: {{keyData}}';

const certificates: readonly Case[] = [
  ...casesOf(withUser, {
    'a client certificate in files is sent': pair,
    'a client certificate as data is sent': pairData,
    'a client certificate is a file, and its key is data':
      'client-certificate: {{cert}}, client-key-data: {{keyData}}',
    'a client certificate is data, and its key is a file':
      'client-certificate-data: {{certData}}, client-key: {{key}}',
    'a client certificate as file and as data is an error': `${pair}, client-certificate-data: {{certData}}`,
    'a key as file and as data is an error': `${pair}, client-key-data: {{keyData}}`,
    'client certificate and token are both sent': `${pair}, token: t`,
    'client certificate and password are both sent': `${pairData}, username: u, password: p`,
    'a client certificate without key is an error': 'client-certificate: {{cert}}',
    'a client certificate without key beside a token is an error':
      'client-certificate: {{cert}}, token: t',
    'a user has a key and no certificate': 'client-key: {{key}}',
    'a user has a token, and a key without certificate': 'client-key: {{key}}, token: t',
    'a user has a token, and a missing key without certificate': 'client-key: missing, token: t',
    'a user has a token, and key data without certificate':
      'client-key-data: {{keyData}}, token: t',
    'a client certificate with the key of another is an error':
      'client-certificate: {{cert}}, client-key: {{secondKey}}',
    'a client key has the form EC PRIVATE KEY':
      'client-certificate: {{cert}}, client-key: {{sec1Key}}',
    'an encrypted client key is an error':
      'client-certificate: {{cert}}, client-key: {{encryptedKey}}',
    'an encrypted client key in the old PEM form is an error':
      'client-certificate: {{cert}}, client-key: {{encryptedSec1Key}}',
    'a missing client certificate is an error': 'client-certificate: missing, client-key: {{key}}',
    'a missing client certificate beside a token is an error':
      'client-certificate: missing, client-key: missing, token: t',
    'the data of the client certificate is not PEM':
      'client-certificate-data: YWJj, client-key-data: {{keyData}}',
    'a client certificate of another CA is sent':
      'client-certificate: {{foreignCert}}, client-key: {{foreignKey}}',
    'certificate and key data that are empty count as absent':
      'client-certificate: {{cert}}, client-key: {{key}}, client-certificate-data: "", client-key-data: ""',
  }),
  withUser(
    'client certificate and tokenFile are both sent',
    `${pair}, tokenFile: token`,
    withToken('file'),
  ),
  withUser(
    'the file of the client certificate is empty',
    'client-certificate: empty, client-key: {{key}}',
    {
      files: { empty: '' },
    },
  ),
  withUser(
    'client certificate and key are in one file',
    'client-certificate: both, client-key: both',
    {
      files: { both: '{{keyPem}}\n{{certPem}}\n' },
    },
  ),
  withUser(
    'a chain that begins with the client certificate',
    'client-certificate: chain, client-key: {{key}}',
    { files: { chain: '{{certPem}}\n{{caPem}}\n' } },
  ),
  withUser(
    'a chain that ends with the client certificate does not match the key',
    'client-certificate: chain, client-key: {{key}}',
    { files: { chain: '{{caPem}}\n{{certPem}}\n' } },
  ),
  withUser(
    'a client key follows its EC parameters',
    'client-certificate: {{cert}}, client-key: k',
    {
      files: {
        k: '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{{sec1KeyPem}}\n',
      },
    },
  ),
];

const provider = (title: string, name: string, config: string, more = '') =>
  withUser(title, `auth-provider: {name: ${name}, config: {${config}}}${more}`);
const oidc = 'client-id: me, idp-issuer-url: "https://127.0.0.1:1"';

const providers: readonly Case[] = [
  provider('the auth-provider gcp is no longer supported', 'gcp', ''),
  provider('the auth-provider azure is no longer supported', 'azure', ''),
  provider('an unknown auth-provider is an error', 'nobody', ''),
  provider('a user has a token and an auth-provider', 'gcp', '', ', token: t'),
  provider('a user has a client certificate and an auth-provider', 'gcp', '', `, ${pair}`),
  provider(
    'an auth-provider beside exec is an error',
    'gcp',
    '',
    ', exec: {apiVersion: client.authentication.k8s.io/v1, command: /nonexistent, interactiveMode: Never}',
  ),
  provider(
    'oidc sends an id-token that is valid',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
  ),
  provider(
    'oidc refuses an expired id-token without refresh-token',
    'oidc',
    `${oidc}, id-token: ${idToken(longAgo)}`,
  ),
  provider('oidc has neither id-token nor refresh-token', 'oidc', oidc),
  provider(
    'oidc without client-id is an error',
    'oidc',
    `idp-issuer-url: "https://127.0.0.1:1", id-token: ${idToken(farFuture)}`,
  ),
  provider(
    'oidc without issuer is an error',
    'oidc',
    `client-id: me, id-token: ${idToken(farFuture)}`,
  ),
  provider('oidc has an invalid id-token', 'oidc', `${oidc}, id-token: nonsense`),
  provider(
    'oidc has an expired id-token, and its issuer is down',
    'oidc',
    `${oidc}, id-token: ${idToken(longAgo)}, refresh-token: r`,
  ),
  provider(
    'a user has a token and oidc',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
    ', token: t',
  ),
  provider(
    'a user has a client certificate and oidc',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
    `, ${pair}`,
  ),
  provider(
    'a user has oidc and impersonation',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
    ', as: me',
  ),
  provider('an auth-provider has no name', '""', ''),
];

export const identityCases: readonly Case[] = [...tokens, ...basic, ...certificates, ...providers];
