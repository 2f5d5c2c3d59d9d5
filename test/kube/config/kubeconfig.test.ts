import { delimiter, join } from 'node:path';
import * as assert from 'uvu/assert';
import { formatError } from '../../../src/errors.ts';
import type { ApiConnection } from '../../../src/kube/config/api-connection.ts';
import type { Credential } from '../../../src/kube/config/credentials.ts';
import { loadKubeconfig } from '../../../src/kube/config/kubeconfig.ts';
import { resolveConnection } from '../../../src/kube/config/resolve-connection.ts';
import { type ConnectionFlags, noFlags } from '../../../src/kube/config/select-entries.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig of one context, `c`, with these fields of its cluster and its user. */
const config = (cluster: string, user: string, more = '') => `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://a:1"${cluster && `, ${cluster}`}}}]
users: [{name: c, user: {${user}}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
current-context: c
${more}`;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  /** Names of files; several are `$KUBECONFIG`. */
  readonly list?: readonly string[];
  readonly explicit?: string;
  readonly flags?: Partial<ConnectionFlags>;
}

type Connected = ApiConnection & Credential;

function connect({ files, list, explicit, flags }: Case): Promise<Connected> {
  return withFiles(files, async (directory) => {
    const env = {
      HOME: join(directory, 'home'),
      KUBECONFIG: list?.map((name) => join(directory, name)).join(delimiter),
    };
    const world = { cwd: directory, env, requestTimeout: 0, openPlugin: noPlugin };
    const merged = loadKubeconfig({ explicit, env, cwd: directory });
    const connection = resolveConnection(merged, { ...noFlags, ...flags }, world);
    return {
      ...connection,
      ...(await connection.credentials.current(new AbortController().signal)),
    };
  });
}

function noPlugin(): never {
  throw new Error('not run here');
}

async function refusal(input: Case): Promise<string> {
  try {
    await connect(input);
  } catch (error) {
    return formatError(error, false).text;
  }
  return 'accepted';
}

const one = (cluster: string, user: string, more = ''): Case => ({
  files: { k: config(cluster, user, more) },
  list: ['k'],
});

suite('kubeconfig: what it makes of files', (test) => {
  test('reads ~/.kube/config when nothing else is named', async () => {
    const { server, token } = await connect({
      files: { 'home/.kube/config': config('', 'token: t') },
    });
    assert.equal([server, token], ['https://a:1', 't']);
  });

  test('--kubeconfig is one file, and $KUBECONFIG is not looked at', async () => {
    const files = { one: config('', 'token: one'), two: config('', 'token: two') };
    assert.is((await connect({ files, list: ['two'], explicit: 'one' })).token, 'one');
  });

  test('in a list the first file to name something decides, whole, and missing files are skipped', async () => {
    const files = {
      a: 'users: [{name: c, user: {token: first}}]',
      b: config('', 'token: second, username: x'),
    };
    assert.is((await connect({ files, list: ['missing', 'a', 'b'] })).token, 'first');
  });

  test('the first current-context decides', async () => {
    const files = {
      a: 'current-context: d',
      b: config('', 'token: t', 'x: y').replace(
        'contexts: [',
        'contexts: [{name: d, context: {cluster: c, user: c}}, ',
      ),
    };
    assert.is((await connect({ files, list: ['a', 'b'] })).token, 't');
  });

  test('paths belong to the file that names them', async () => {
    const files = {
      'sub/k': config(
        'certificate-authority: ca.pem',
        'client-certificate: ../c.pem, client-key: ../k.pem',
      ),
      'sub/ca.pem': 'CA',
      'c.pem': 'C',
      'k.pem': 'K',
    };
    const { tls, clientCertificate } = await connect({ files, list: ['sub/k'] });
    assert.equal([tls.ca, clientCertificate], ['CA', { cert: 'C', key: 'K' }]);
  });

  test('data is decoded', async () => {
    const user = `client-certificate-data: ${base64('C')}, client-key-data: ${base64('K')}`;
    const { tls, clientCertificate } = await connect(
      one(`certificate-authority-data: ${base64('CA')}`, user),
    );
    assert.equal([tls.ca, clientCertificate], ['CA', { cert: 'C', key: 'K' }]);
  });

  test('tokenFile beats token, is trimmed, and gives way when missing or empty', async () => {
    const read = async (files: Record<string, string>) =>
      (
        await connect({
          files: { k: config('', 'token: inline, tokenFile: t'), ...files },
          list: ['k'],
        })
      ).token;
    assert.equal(
      [await read({ t: ' file\n' }), await read({}), await read({ t: '\n' })],
      ['file', 'inline', 'inline'],
    );
  });

  test('YAML 1.1 with anchors, JSON, a BOM, CRLF, duplicate keys and unknown fields are read', async () => {
    const anchors = 'x-u: &u {token: t}\nusers: [{name: c, user: *u}]\n';
    assert.is(
      (await connect({ files: { a: anchors, k: config('', '') }, list: ['a', 'k'] })).token,
      't',
    );
    const json = JSON.stringify({ users: [{ name: 'c', user: { token: 'j' } }] });
    assert.is(
      (await connect({ files: { a: `\uFEFF${json}`, k: config('', '') }, list: ['a', 'k'] })).token,
      'j',
    );
    const crlf = config('', 'token: t, token: last, unknown: {a: 1}').replaceAll('\n', '\r\n');
    assert.is((await connect({ files: { k: crlf }, list: ['k'] })).token, 'last');
  });

  test('flags choose another context, cluster, user or server', async () => {
    const files = {
      k: config('', 'token: t'),
      o: 'clusters: [{name: o, cluster: {server: "https://o/p/"}}]\nusers: [{name: o, user: {token: o}}]\ncontexts: [{name: o, context: {cluster: o, user: o}}]',
    };
    const list = ['k', 'o'];
    const told = async (flags: NonNullable<Case['flags']>) => {
      const { server, token } = await connect({ files, list, flags });
      return `${server} ${token}`;
    };
    assert.is(await told({ context: 'o' }), 'https://o/p o');
    assert.is(await told({ cluster: 'o' }), 'https://o/p t');
    assert.is(await told({ user: 'o' }), 'https://a:1 o');
    assert.is(await told({ server: 'https://s:2' }), 'https://s:2 t');
  });

  test('impersonation is taken from the file, and --as keeps its groups', async () => {
    const { impersonate } = await connect({
      ...one('', 'token: t, as: a, as-groups: [g], as-user-extra: {k: [v]}'),
      flags: { as: 'b' },
    });
    assert.equal(impersonate, { user: 'b', groups: ['g'], uid: '', extra: { k: ['v'] } });
  });

  test('over plain http no credential is used', async () => {
    const { token, clientCertificate } = await connect({
      ...one('', 'token: t'),
      flags: { server: 'http://a:8080' },
    });
    assert.equal([token, clientCertificate], [undefined, undefined]);
  });
});

suite('kubeconfig: what it refuses, in one sentence', (test) => {
  const table: readonly (readonly [string, Case, RegExp])[] = [
    [
      'a file of --kubeconfig that is not there',
      { files: {}, explicit: 'nope' },
      /^error: cannot read kubeconfig \S+nope: no such file\n/,
    ],
    [
      'a directory',
      { files: { 'd/x': '' }, list: ['d'] },
      /cannot read kubeconfig \S+d: it is a directory\n/,
    ],
    [
      'what is not YAML',
      { files: { k: 'a: [' }, list: ['k'] },
      /cannot read kubeconfig \S+k: not valid YAML: line 1: /,
    ],
    ['tabs', { files: { k: 'clusters:\n\t- name: x' }, list: ['k'] }, /not valid YAML: line 2/],
    [
      'a list in place of a mapping',
      { files: { k: '- a' }, list: ['k'] },
      /the file must be a mapping/,
    ],
    ['a wrong type', one('', 'token: 123'), /k is invalid: token must be a string/],
    [
      'clusters that are no list',
      { files: { k: 'clusters: x' }, list: ['k'] },
      /clusters must be a list/,
    ],
    [
      'a name twice in one file',
      one('', 'token: t').files['k']
        ? { files: { k: 'users: [{name: a}, {name: a}]' }, list: ['k'] }
        : { files: {} },
      /users has two entries named "a"/,
    ],
    [
      'malformed base64',
      one('certificate-authority-data: "%%%"', 'token: t'),
      /certificate-authority-data is not valid base64/,
    ],
    ['another kind', { files: { k: 'kind: Pod' }, list: ['k'] }, /kind must be Config/],
    [
      'an unknown context',
      { ...one('', 'token: t'), flags: { context: 'x' } },
      /^error: context "x" does not exist\nhint: the kubeconfig has: c\n/,
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
      /user "c", which the context names, is not in the kubeconfig/,
    ],
    ['no credential', one('', ''), /user "c" has no credential/],
    [
      'a CA together with insecure',
      one(`certificate-authority-data: ${base64('x')}, insecure-skip-tls-verify: true`, 'token: t'),
      /cannot be used together/,
    ],
    [
      'a certificate given twice',
      one('', `client-certificate: a, client-certificate-data: ${base64('x')}`),
      /client-certificate and client-certificate-data are both given/,
    ],
    [
      'a certificate without its key',
      one('', `client-certificate-data: ${base64('x')}`),
      /client-certificate without a client-key/,
    ],
    [
      'a certificate file that is not there',
      one('', 'client-certificate: nope, client-key: nope'),
      /cannot read client-certificate \S+nope: no such file/,
    ],
    ['a token and a user name', one('', 'token: t, username: u'), /both a token and a user name/],
    ['groups without a user', one('', 'token: t, as-groups: [g]'), /need a user to impersonate/],
    [
      'a token with a line break',
      one('', 'token: "a\\nb"'),
      /characters that no HTTP header can carry/,
    ],
    [
      'a server that is no URL',
      { ...one('', 'token: t'), flags: { server: 'https://a b' } },
      /--server must be a URL/,
    ],
    [
      'a proxy of another kind, without its password',
      one('proxy-url: "ftp://u:secret@p"', 'token: t'),
      /the proxy-url of cluster "c" is not one of/,
    ],
  ];
  for (const [title, input, expected] of table)
    test(title, async () => assert.match(await refusal(input), expected));

  test('a file that is not valid never shows a piece of itself', async () => {
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
