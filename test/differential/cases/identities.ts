import { type Case, casesOf, withUser } from '../case.ts';

/** Returns an ID token with a fake signature, because kubectl checks only its expiry. */
function idToken(expires: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: 'https://issuer.test', exp: expires })}.c2ln`;
}
const farFuture = 4_102_444_800;
const longAgo = 1_000_000_000;
const withTokenFile = (title: string, token: string, fields = 'tokenFile: token') =>
  withUser(title, fields, { files: { token } });

const tokens: readonly Case[] = [
  ...casesOf(withUser, {
    'a token is sent': 'token: abc.DEF-1_2~+/==',
    'an empty token is no token': 'token: ""',
    'a token with a line break is an error': 'token: "t\\n"',
    'a token with spaces around it is sent unchanged': 'token: " t "',
    'a token has a space within': 'token: "a b"',
    'a token has a tab': 'token: "a\\tb"',
    'a token has non-ASCII letters': 'token: "té"',
    'a token has a NUL character': 'token: "a\\0b"',
    'a token has only spaces': 'token: "  "',
    'a missing tokenFile gives way to token': 'token: inline, tokenFile: missing',
    'a tokenFile that is a folder gives way to token': 'token: inline, tokenFile: .',
    'a tokenFile with an empty path counts as absent': 'token: inline, tokenFile: ""',
  }),
  withTokenFile('tokenFile is read', 'file'),
  withTokenFile('white space around the token in tokenFile is removed', ' \t file\r\n\n'),
  withTokenFile('a tokenFile with a line break within the token is an error', 'a\nb'),
  withTokenFile('tokenFile begins with a byte order mark', '\uFEFFfile'),
  withTokenFile('tokenFile beats token', 'file\n', 'token: inline, tokenFile: token'),
  withTokenFile('an empty tokenFile gives way to token', '', 'token: inline, tokenFile: token'),
  withTokenFile(
    'a tokenFile of white space gives way to token',
    ' \n',
    'token: inline, tokenFile: token',
  ),
  withTokenFile('tokenFile names an empty file, and there is no token', ''),
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
    { files: { token: 't' } },
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
    'a client certificate with the key of another certificate is an error':
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
  withUser('client certificate and tokenFile are both sent', `${pair}, tokenFile: token`, {
    files: { token: 'file' },
  }),
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
  ...casesOf((title, config: string) => provider(title, 'oidc', config), {
    'oidc sends an id-token that is valid': `${oidc}, id-token: ${idToken(farFuture)}`,
    'oidc refuses an expired id-token without refresh-token': `${oidc}, id-token: ${idToken(longAgo)}`,
    'oidc has neither id-token nor refresh-token': oidc,
    'oidc without client-id is an error': `idp-issuer-url: "https://127.0.0.1:1", id-token: ${idToken(farFuture)}`,
    'oidc without issuer is an error': `client-id: me, id-token: ${idToken(farFuture)}`,
    'oidc has an invalid id-token': `${oidc}, id-token: nonsense`,
    'oidc has an expired id-token, and its issuer is down': `${oidc}, id-token: ${idToken(longAgo)}, refresh-token: r`,
  }),
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
