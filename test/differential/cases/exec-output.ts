import { type Case, casesOf, withUser } from '../case.ts';
import { credential, exec, plugin } from '../plugin.ts';

const printing = (title: string, output: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, exec(), { ...more, files: { plugin: plugin(output), ...more.files } });
const status = (title: string, fields: string, more: Omit<Case, 'title'> = {}): Case =>
  printing(title, credential(fields), more);

const oneLine = (name: string) => `{{${name}Line}}`;
const pair = `"clientCertificateData": "${oneLine('cert')}", "clientKeyData": "${oneLine('key')}"`;
const secondPair = `"clientCertificateData": "${oneLine('secondCert')}", "clientKeyData": "${oneLine('secondKey')}"`;
const token = '"token": "from-plugin"';
const yaml = `apiVersion: client.authentication.k8s.io/v1
kind: ExecCredential
status:
  token: from-yaml`;

const formats: readonly Case[] = [
  ...casesOf(printing, {
    'a plugin may print YAML': yaml,
    'a plugin may print a YAML document after ---': `---\n${yaml}`,
    'a plugin may print a BOM before JSON': `\uFEFF${credential(token)}`,
    'a plugin may print JSON over several lines': credential(token).replaceAll(', ', ',\n\n  '),
    'a plugin may leave out kind': credential(token).replace('"kind": "ExecCredential", ', ''),
    'a plugin prints another kind': credential(token).replace('ExecCredential', 'Pod'),
    'a plugin may not leave out apiVersion': credential(token).replace(
      /"apiVersion": "[^"]*", /,
      '',
    ),
    'a plugin that prints another version is refused': credential(token, 'v1beta1'),
    'a plugin that prints another API group is refused': credential(token).replace(
      'client.authentication.k8s.io',
      'x',
    ),
    'a plugin that prints text after JSON is refused': `${credential(token)}\nwords`,
    'a plugin that prints JSON twice is refused': `${credential(token)}\n${credential(token)}`,
    'a plugin prints a second YAML document': `${yaml}\n---\na: b`,
    'a plugin that prints text before JSON is refused': `words\n${credential(token)}`,
    'a plugin that prints nothing is refused': '',
    'a plugin that prints no status is refused':
      '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}',
  }),
  status('a plugin that prints an empty status is refused', ''),
  status('a plugin that prints an empty token is refused', '"token": ""'),
  status('a plugin whose token is a number is refused', '"token": 5'),
  status('a plugin prints duplicate fields', '"token": "first", "token": "last"'),
  status('a plugin prints a field in upper case', '"Token": "other-case"'),
  status('a plugin whose token has a line break', '"token": "a\\n"'),
  status('a plugin whose token has spaces around it', '"token": " a "'),
];

const contents: readonly Case[] = [
  ...casesOf(status, {
    'a plugin may give a certificate': pair,
    'a plugin may give token and certificate': `${token}, ${pair}`,
    'a plugin that gives a certificate alone is refused': `"clientCertificateData": "${oneLine('cert')}"`,
    'a plugin that gives a key alone is refused': `"clientKeyData": "${oneLine('key')}"`,
    'a plugin that gives a certificate alone beside a token is refused': `${token}, "clientCertificateData": "${oneLine('cert')}"`,
    'a plugin that gives a pair that does not match is refused': `"clientCertificateData": "${oneLine('cert')}", "clientKeyData": "${oneLine('secondKey')}"`,
    'a plugin that prints an invalid certificate is an error':
      '"clientCertificateData": "x", "clientKeyData": "y"',
    'a plugin that gives an encrypted key is refused': `"clientCertificateData": "${oneLine('cert')}", "clientKeyData": "${oneLine('encryptedKey')}"`,
    'a plugin prints a certificate of another user': secondPair,
    'a plugin prints an expired certificate': `"clientCertificateData": "${oneLine('expiredCert')}", "clientKeyData": "${oneLine('expiredKey')}"`,
  }),
];

const expiry: readonly Case[] = [
  status(
    'a credential of a plugin expires later',
    `${token}, "expirationTimestamp": "2099-01-01T00:00:00Z"`,
    { countsRuns: true },
  ),
  status(
    'a credential that has expired is used, after a second run',
    `${token}, "expirationTimestamp": "2001-01-01T00:00:00Z"`,
  ),
  status(
    'a credential of a plugin has null as expirationTimestamp',
    `${token}, "expirationTimestamp": null`,
    {
      countsRuns: true,
    },
  ),
  status(
    'a credential of a plugin is refused if its expirationTimestamp is not a time',
    `${token}, "expirationTimestamp": "tomorrow"`,
  ),
  status('a request is not repeated after a 401 to the credential of a plugin', token, {
    answers: { https: [401] },
  }),
  status('after a 403 a plugin is not run again', token, {
    answers: { https: [403] },
    countsRuns: true,
  }),
  status('a plugin is run once for a request that succeeds', token, { countsRuns: true }),
];

/** Returns a case with a plugin that prints a valid credential and then runs the shell code `then`. */
const ending = (title: string, then: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, exec(), { ...more, files: { plugin: plugin(credential(token), { then }) } });

const endings: readonly Case[] = [
  ending('a plugin that fails is an error, even with output', 'exit 1'),
  ending('a plugin that fails with 127 is refused', 'exit 127'),
  ending('a plugin that a signal ends is refused', 'kill -9 $$'),
  ending('stderr of a plugin is ignored', 'echo words >&2'),
  ending('a plugin runs longer than --request-timeout', 'exec sleep 3', {
    args: ['--request-timeout=1s'],
  }),
  ending('a plugin runs for less than --request-timeout', 'sleep 1', {
    args: ['--request-timeout=10s'],
  }),
  ending('a plugin that reads stdin gets empty input', 'if read -r line; then exit 1; fi'),
];

export const execOutputCases: readonly Case[] = [...formats, ...contents, ...expiry, ...endings];
