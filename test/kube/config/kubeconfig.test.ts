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
  ...{ context: '', cluster: '', user: '', server: '', certificateAuthority: '' },
  ...{ tlsServerName: '', insecureSkipTlsVerify: false, disableCompression: false, proxyUrl: '' },
  ...{ token: '', username: '', password: '', clientCertificate: '', clientKey: '' },
  ...{ as: '', asGroup: [], asUid: '', asUserExtra: [] },
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
      ...{ cwd: directory, env, signal, requestTimeout: 0, stderr: process.stderr },
      runPlugin: () => assert.unreachable('an exec plugin runs') as never,
    };
    const merged = await loadKubeconfig({ explicit, env, cwd: directory, signal });
    const connection = await resolveConnection(merged, { ...noFlags, ...flags }, world);
    return connection.credentials.current(signal);
  });
}

async function refusal(input: Case): Promise<string> {
  try {
    await connect(input);
  } catch (error) {
    return formatError(error, false).text;
  }
  return 'accepted';
}

const ofText = (text: string): Case => ({ files: { k: text }, list: ['k'] });

// Tests the messages of errors; test/differential compares the choice of entries and credentials with kubectl.
suite('kubeconfig: errors', (test) => {
  const cases: [title: string, Case, RegExp][] = [
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
  ];
  for (const [title, text, expected] of [
    ['invalid YAML', 'a: [', /error loading config file "\S+k": not valid YAML: line 1: /],
    ['tabs', 'clusters:\n\t- name: x', /not valid YAML: line 2/],
    ['a list in place of a mapping', '- a', /: it: expected object, got array/],
    ['clusters of a wrong type', 'clusters: x', /: clusters: expected array, got string/],
    ['a duplicate name', 'users: [{name: a}, {name: a}]', /duplicate name "a" in users/],
    ['another kind', 'kind: Pod', /: kind: expected Config, got string/],
    [
      'a context that names a missing user',
      config('', 'token: t').replace('users: [{name: c', 'users: [{name: d'),
      /the context refers to user "c", but the kubeconfig has no such user/,
    ],
  ] as const)
    cases.push([title, ofText(text), expected]);
  for (const [fields, expected] of [
    [
      'certificate-authority-data: "%%%"',
      /: clusters\[0\]\.cluster\.certificate-authority-data: expected base64, got string/,
    ],
    [
      `certificate-authority-data: ${base64('x')}, insecure-skip-tls-verify: true`,
      /specifying certificate-authority together with insecure-skip-tls-verify is not allowed/,
    ],
    // The password of the URL is not shown.
    ['proxy-url: "ftp://u:secret@p"', /^error: invalid proxy-url of cluster "c": must be [^@]*$/],
  ] as const)
    cases.push([`a cluster with ${fields}`, ofText(config(fields, 'token: t')), expected]);
  for (const [fields, expected] of [
    ['', /user "c" has no credentials/],
    [
      'token: 123',
      /error loading config file "\S+k": users\[0\]\.user\.token: expected string, got number/,
    ],
    [
      `client-certificate: a, client-certificate-data: ${base64('x')}`,
      /client-certificate-data and client-certificate are both specified/,
    ],
    [
      `client-certificate-data: ${base64('x')}`,
      /client-key-data or client-key must be specified for user "c"/,
    ],
    [
      'client-certificate: nope, client-key: nope',
      /unable to read client-certificate \S+nope: no such file/,
    ],
    [
      'token: t, username: u',
      /more than one authentication method found for user "c": token and username\/password/,
    ],
    [
      'token: t, as-groups: [g]',
      /requesting uid, groups or user-extra for user "c" without impersonating a user\nhint: .*--as/,
    ],
    ['token: "a\\nb"', /characters not allowed in an HTTP header/],
  ] as const)
    cases.push([`a user with "${fields}"`, ofText(config('', fields)), expected]);
  for (const [flags, expected] of [
    [{ context: 'x' }, /^error: context "x" does not exist\nhint: available contexts: c\n/],
    [{ context: 'c,d' }, /"c,d" does not exist\nhint: one at a time: for c in c d; do /],
    [{ cluster: 'x' }, /cluster "x" does not exist/],
    [{ user: 'x' }, /user "x" does not exist/],
    [{ server: 'https://a b' }, /invalid --server: must be a URL/],
  ] as const) {
    const valid = ofText(config('', 'token: t'));
    cases.push([`the flag ${JSON.stringify(flags)}`, { ...valid, flags }, expected]);
  }
  for (const [title, input, expected] of cases)
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
      assert.not.match(await refusal(ofText(text)), secret);
  });
});
