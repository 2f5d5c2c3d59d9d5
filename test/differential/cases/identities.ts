import { type Case, withUser } from '../case.ts';

/** An ID token with a fake signature: kubectl checks only its expiry. */
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
  withUser('a token with a space within', 'token: "a b"'),
  withUser('a token with a tab', 'token: "a\\tb"'),
  withUser('a token with non-ASCII letters', 'token: "té"'),
  withUser('a token with a NUL', 'token: "a\\0b"'),
  withUser('a token of spaces alone', 'token: "  "'),
  withUser('tokenFile is read', 'tokenFile: token', withToken('file')),
  withUser('tokenFile is trimmed', 'tokenFile: token', withToken(' \t file\r\n\n')),
  withUser('tokenFile with a line break within is an error', 'tokenFile: token', withToken('a\nb')),
  withUser('tokenFile with a BOM', 'tokenFile: token', withToken('\uFEFFfile')),
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
  withUser('an empty tokenFile alone', 'tokenFile: token', withToken('')),
  withUser('an empty tokenFile name is no file', 'token: inline, tokenFile: ""'),
];

const basic: readonly Case[] = [
  withUser('username and password are sent', 'username: u, password: p'),
  withUser('user and password with colons and non-ASCII letters', 'username: "ü", password: "p:ß"'),
  withUser('a user name without password', 'username: u'),
  withUser('a user name with an empty password', 'username: u, password: ""'),
  withUser('a password alone asks for a user name', 'password: p'),
  withUser('no credentials ask for a user name', ''),
  withUser('token and basic together are an error', 'token: t, username: u, password: p'),
  withUser('token and a user name together are an error', 'token: t, username: u'),
  withUser('token and a password together', 'token: t, password: p'),
  withUser(
    'tokenFile and basic together are an error',
    'tokenFile: token, username: u, password: p',
    withToken('t'),
  ),
  withUser(
    'a missing tokenFile and basic together',
    'tokenFile: missing, username: u, password: p',
  ),
  withUser(
    'token and tokenFile and basic together are an error',
    'token: t, tokenFile: missing, username: u, password: p',
  ),
];

const pair = 'client-certificate: {{cert}}, client-key: {{key}}';
const pairData = 'client-certificate-data: {{certData}}, client-key-data: {{keyData}}';

const certificates: readonly Case[] = [
  withUser('a certificate in files is shown', pair),
  withUser('a certificate as data is shown', pairData),
  withUser(
    'certificate as file and key as data',
    'client-certificate: {{cert}}, client-key-data: {{keyData}}',
  ),
  withUser(
    'certificate as data and key as file',
    'client-certificate-data: {{certData}}, client-key: {{key}}',
  ),
  withUser(
    'a certificate as file and as data is an error',
    `${pair}, client-certificate-data: {{certData}}`,
  ),
  withUser('a key as file and as data is an error', `${pair}, client-key-data: {{keyData}}`),
  withUser('certificate and token are both sent', `${pair}, token: t`),
  withUser('certificate and basic are both sent', `${pairData}, username: u, password: p`),
  withUser(
    'certificate and tokenFile are both sent',
    `${pair}, tokenFile: token`,
    withToken('file'),
  ),
  withUser('a certificate without key is an error', 'client-certificate: {{cert}}'),
  withUser(
    'a certificate without key beside a token is an error',
    'client-certificate: {{cert}}, token: t',
  ),
  withUser('a key without certificate', 'client-key: {{key}}'),
  withUser('a key without certificate beside a token', 'client-key: {{key}}, token: t'),
  withUser('a missing key without certificate beside a token', 'client-key: missing, token: t'),
  withUser('key data without certificate beside a token', 'client-key-data: {{keyData}}, token: t'),
  withUser(
    'a pair that does not match is an error',
    'client-certificate: {{cert}}, client-key: {{secondKey}}',
  ),
  withUser('an EC key of the old form', 'client-certificate: {{cert}}, client-key: {{sec1Key}}'),
  withUser(
    'an encrypted key is an error',
    'client-certificate: {{cert}}, client-key: {{encryptedKey}}',
  ),
  withUser(
    'an encrypted key of the old form is an error',
    'client-certificate: {{cert}}, client-key: {{encryptedSec1Key}}',
  ),
  withUser('a missing certificate is an error', 'client-certificate: missing, client-key: {{key}}'),
  withUser(
    'a missing certificate beside a token is an error',
    'client-certificate: missing, client-key: missing, token: t',
  ),
  withUser('an empty certificate file', 'client-certificate: empty, client-key: {{key}}', {
    files: { empty: '' },
  }),
  withUser(
    'certificate data that is no PEM',
    'client-certificate-data: YWJj, client-key-data: {{keyData}}',
  ),
  withUser('certificate and key in one file', 'client-certificate: both, client-key: both', {
    files: { both: '{{keyPem}}\n{{certPem}}\n' },
  }),
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
  withUser('a key after parameters', 'client-certificate: {{cert}}, client-key: k', {
    files: {
      k: '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{{sec1KeyPem}}\n',
    },
  }),
  withUser(
    'a client certificate of another CA is shown',
    'client-certificate: {{foreignCert}}, client-key: {{foreignKey}}',
  ),
  withUser(
    'empty data is no data',
    'client-certificate: {{cert}}, client-key: {{key}}, client-certificate-data: "", client-key-data: ""',
  ),
];

const provider = (title: string, name: string, config: string, more = '') =>
  withUser(title, `auth-provider: {name: ${name}, config: {${config}}}${more}`);
const oidc = 'client-id: me, idp-issuer-url: "https://127.0.0.1:1"';

const providers: readonly Case[] = [
  provider('the auth-provider gcp is no longer supported', 'gcp', ''),
  provider('the auth-provider azure is no longer supported', 'azure', ''),
  provider('an unknown auth-provider is an error', 'nobody', ''),
  provider('an auth-provider beside a token', 'gcp', '', ', token: t'),
  provider('an auth-provider beside a certificate', 'gcp', '', `, ${pair}`),
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
  provider('oidc without id-token and refresh-token', 'oidc', oidc),
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
  provider('oidc with an invalid id-token', 'oidc', `${oidc}, id-token: nonsense`),
  provider(
    'oidc with an expired id-token and an issuer that is down',
    'oidc',
    `${oidc}, id-token: ${idToken(longAgo)}, refresh-token: r`,
  ),
  provider('oidc beside a token', 'oidc', `${oidc}, id-token: ${idToken(farFuture)}`, ', token: t'),
  provider(
    'oidc beside a certificate',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
    `, ${pair}`,
  ),
  provider(
    'oidc with impersonation',
    'oidc',
    `${oidc}, id-token: ${idToken(farFuture)}`,
    ', as: me',
  ),
  provider('an auth-provider without name', '""', ''),
];

export const identityCases: readonly Case[] = [...tokens, ...basic, ...certificates, ...providers];
