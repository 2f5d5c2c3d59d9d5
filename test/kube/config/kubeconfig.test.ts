import { delimiter, join } from 'node:path';
import * as assert from 'uvu/assert';
import { formatError } from '../../../src/errors.ts';
import type { Credential } from '../../../src/kube/config/credentials.ts';
import { loadKubeconfig } from '../../../src/kube/config/kubeconfig.ts';
import { resolveConnection } from '../../../src/kube/config/resolve-connection.ts';
import type { ConnectionFlags } from '../../../src/kube/config/select-entries.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const noFlags: ConnectionFlags = {
  context: '',
  cluster: '',
  user: '',
  server: '',
  certificateAuthority: '',
  tlsServerName: '',
  insecureSkipTlsVerify: false,
  disableCompression: false,
  proxyUrl: '',
  token: '',
  username: '',
  password: '',
  clientCertificate: '',
  clientKey: '',
  as: '',
  asGroup: [],
  asUid: '',
  asUserExtra: [],
};

/** Returns a kubeconfig with one context, `c`, and the given fields of its cluster and user. */
const config = (cluster: string, user: string) => `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://a:1"${cluster && `, ${cluster}`}}}]
users: [{name: c, user: {${user}}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
current-context: c
`;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  /** Names of the files in `$KUBECONFIG`. */
  readonly list?: readonly string[];
  readonly explicit?: string;
  readonly flags?: Partial<ConnectionFlags>;
}

function connect({ files, list, explicit, flags }: Case): Promise<Credential> {
  return withFiles(files, async (directory) => {
    const env = {
      HOME: join(directory, 'home'),
      KUBECONFIG: list?.map((name) => join(directory, name)).join(delimiter),
    };
    const { signal } = new AbortController();
    const world = {
      cwd: directory,
      env,
      signal,
      requestTimeout: 0,
      runPlugin: noPlugin,
      stderr: process.stderr,
    };
    const merged = await loadKubeconfig({ explicit, env, cwd: directory, signal });
    const connection = await resolveConnection(merged, { ...noFlags, ...flags }, world);
    return connection.credentials.current(signal);
  });
}

function noPlugin(): never {
  throw new Error('unexpected exec plugin');
}

async function refusal(input: Case): Promise<string> {
  try {
    await connect(input);
  } catch (error) {
    return formatError(error, false).text;
  }
  return 'accepted';
}

const one = (cluster: string, user: string): Case => ({
  files: { k: config(cluster, user) },
  list: ['k'],
});

// Tests the messages of errors; test/differential compares the choice of entries and credentials with kubectl.
suite('kubeconfig: errors', (test) => {
  const table: readonly (readonly [string, Case, RegExp])[] = [
    [
      'a missing file in --kubeconfig',
      { files: {}, explicit: 'nope' },
      /^error: unable to read kubeconfig \S+nope: no such file or directory\n/,
    ],
    [
      'a directory',
      { files: { 'd/x': '' }, list: ['d'] },
      /unable to read kubeconfig \S+d: is a directory\n/,
    ],
    [
      'invalid YAML',
      { files: { k: 'a: [' }, list: ['k'] },
      /error loading config file "\S+k": not valid YAML: line 1: /,
    ],
    ['tabs', { files: { k: 'clusters:\n\t- name: x' }, list: ['k'] }, /not valid YAML: line 2/],
    [
      'a list in place of a mapping',
      { files: { k: '- a' }, list: ['k'] },
      /: it: expected object, got array/,
    ],
    [
      'a wrong type',
      one('', 'token: 123'),
      /error loading config file "\S+k": users\[0\]\.user\.token: expected string, got number/,
    ],
    [
      'clusters of a wrong type',
      { files: { k: 'clusters: x' }, list: ['k'] },
      /: clusters: expected array, got string/,
    ],
    [
      'a duplicate name in one file',
      { files: { k: 'users: [{name: a}, {name: a}]' }, list: ['k'] },
      /duplicate name "a" in users/,
    ],
    [
      'malformed base64',
      one('certificate-authority-data: "%%%"', 'token: t'),
      /: clusters\[0\]\.cluster\.certificate-authority-data: expected base64, got string/,
    ],
    [
      'another kind',
      { files: { k: 'kind: Pod' }, list: ['k'] },
      /: kind: expected Config, got string/,
    ],
    [
      'an unknown context',
      { ...one('', 'token: t'), flags: { context: 'x' } },
      /^error: context "x" does not exist\nhint: available contexts: c\n/,
    ],
    [
      'an unknown cluster',
      { ...one('', 'token: t'), flags: { cluster: 'x' } },
      /cluster "x" does not exist/,
    ],
    [
      'an unknown user',
      { ...one('', 'token: t'), flags: { user: 'x' } },
      /user "x" does not exist/,
    ],
    [
      'a context that names a missing user',
      {
        files: { k: config('', 'token: t').replace('users: [{name: c', 'users: [{name: d') },
        list: ['k'],
      },
      /the context refers to user "c", but the kubeconfig has no such user/,
    ],
    ['no credential', one('', ''), /user "c" has no credentials/],
    [
      'a CA together with insecure',
      one(`certificate-authority-data: ${base64('x')}, insecure-skip-tls-verify: true`, 'token: t'),
      /specifying certificate-authority together with insecure-skip-tls-verify is not allowed/,
    ],
    [
      'a certificate given twice',
      one('', `client-certificate: a, client-certificate-data: ${base64('x')}`),
      /client-certificate-data and client-certificate are both specified/,
    ],
    [
      'a certificate without its key',
      one('', `client-certificate-data: ${base64('x')}`),
      /client-key-data or client-key must be specified for user "c"/,
    ],
    [
      'a missing certificate file',
      one('', 'client-certificate: nope, client-key: nope'),
      /unable to read client-certificate \S+nope: no such file/,
    ],
    [
      'a token and a user name',
      one('', 'token: t, username: u'),
      /more than one authentication method found for user "c": token and username\/password/,
    ],
    [
      'groups without a user',
      one('', 'token: t, as-groups: [g]'),
      /requesting uid, groups or user-extra for user "c" without impersonating a user\nhint: .*--as/,
    ],
    [
      'a token with a line break',
      one('', 'token: "a\\nb"'),
      /characters not allowed in an HTTP header/,
    ],
    [
      'a server that is not a URL',
      { ...one('', 'token: t'), flags: { server: 'https://a b' } },
      /invalid --server: must be a URL/,
    ],
    [
      'a proxy with an unsupported scheme, without its password',
      one('proxy-url: "ftp://u:secret@p"', 'token: t'),
      /^error: invalid proxy-url of cluster "c": must be [^@]*$/,
    ],
  ];
  for (const [title, input, expected] of table)
    test(`rejects ${title}`, async () => assert.match(await refusal(input), expected));

  test('never shows content of an invalid file', async () => {
    const secret = 'c2VjcmV0LXRva2Vu';
    for (const text of [
      `token: ${secret}\n  bad: [`,
      `users: [{token: ${secret}`,
      `token: "${secret}`,
      `{"token": "${secret}"`,
      `token: ${secret}: ${secret}`,
    ])
      assert.not.match(await refusal({ files: { k: text }, list: ['k'] }), secret);
  });
});
