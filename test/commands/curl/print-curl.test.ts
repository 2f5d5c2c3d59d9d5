import { spawnSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import {
  type PrintedCall,
  renderCurl,
  sourcesOfCredential,
} from '../../../src/commands/curl/print-curl.ts';
import { noSources } from '../../../src/kube/config/credential-sources.ts';
import type { Credential } from '../../../src/kube/config/credentials.ts';
import { bashLatin1Word, bashWord } from '../../../src/text/command.ts';
import { anyCharacter, fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

const call: PrintedCall = {
  server: { secure: true, host: '10.0.0.1', port: 10250, authority: '10.0.0.1:10250', prefix: '' },
  trust: { serverName: undefined, verify: true },
  proxy: undefined,
  proxySharesTls: false,
  sources: noSources,
  method: 'GET',
  path: '/healthz',
  headers: {},
  data: [],
  options: [],
  retries: 0,
};
const field = (jsonPath: string, isBase64 = true) =>
  ({ from: 'kubeconfig', jsonPath, isBase64 }) as const;
const lineOf = (more: Partial<PrintedCall>) => renderCurl({ ...call, ...more }, ['kubectl']).line;

suite('the printed curl command', (test) => {
  test('has no token for an unverified kubelet', () => {
    const file = (path: string) => ({ from: 'file', path }) as const;
    const [certificate, key] = [file('/c'), file('/k')];
    const sources = { ...noSources, certificate, key, authorization: file('/token') };
    const none = { authorization: undefined, clientCertificate: undefined };
    const pair = { cert: 'c', key: 'k' } as unknown as Credential['clientCertificate'];
    assert.equal(sourcesOfCredential(sources, none), noSources);
    assert.equal(sourcesOfCredential(sources, { ...none, clientCertificate: pair }), {
      ...{ ...noSources, certificate, key },
    });
    assert.equal(sourcesOfCredential(sources, { ...none, authorization: 'Bearer x' }), {
      ...{ ...noSources, authorization: file('/token') },
    });
  });

  for (const [title, more, expected] of [
    ['only the URL for a plain request', {}, 'curl -sS --http1.1 https://10.0.0.1:10250/healthz'],
    [
      'the paths of files that the kubeconfig names',
      {
        sources: {
          ca: { from: 'file', path: '/ca.pem' },
          certificate: { from: 'file', path: '/a:b/c.pem' },
          key: { from: 'file', path: '/my keys/k.pem' },
          authorization: { from: 'file', path: '/token' },
        },
      },
      String.raw`curl -sS --http1.1 --cacert /ca.pem --cert '/a'\\':b/c.pem' --key '/my keys/k.pem' -H @<(printf 'Authorization: Bearer %s\n' "$(cat /token)") https://10.0.0.1:10250/healthz`,
    ],
    [
      'kubectl commands that print data of the kubeconfig',
      { sources: { ...noSources, ca: field('{.x}'), authorization: field('{.t}', false) } },
      String.raw`curl -sS --http1.1 --cacert <(kubectl config view --raw -o 'jsonpath={.x}' | base64 -d) -H @<(printf 'Authorization: Bearer %s\n' "$(kubectl config view --raw -o 'jsonpath={.t}')") https://10.0.0.1:10250/healthz`,
    ],
    [
      '--globoff for an IPv6 address and braces in a query',
      {
        server: { ...call.server, host: 'fd00::1', authority: '[fd00::1]:10250' },
        path: '/logs/?query={a}',
      },
      "curl -sS --http1.1 --globoff 'https://[fd00::1]:10250/logs/?query={a}'",
    ],
    [
      '--connect-to and the Host header for another name to verify',
      { trust: { serverName: 'node.example', verify: true } },
      "curl -sS --http1.1 --connect-to node.example:10250:10.0.0.1:10250 -H 'Host: 10.0.0.1:10250' https://node.example:10250/healthz",
    ],
    [
      '--path-as-is for dots in a path, and -k if it does not verify the server',
      { trust: { serverName: undefined, verify: false }, path: '/logs/../x?a=b&c' },
      "curl -sS --http1.1 -k --path-as-is 'https://10.0.0.1:10250/logs/../x?a=b&c'",
    ],
    [
      'an HTTPS proxy, with the CA and certificate of the server',
      {
        proxy: { scheme: 'https', host: 'p', port: 8443, user: undefined },
        proxySharesTls: true,
        sources: {
          ...noSources,
          ca: { from: 'file', path: '/ca.pem' },
          certificate: { from: 'file', path: '/c.pem' },
          key: { from: 'file', path: '/k.pem' },
        },
      },
      'curl -sS --http1.1 --cacert /ca.pem --cert /c.pem --key /k.pem --proxy https://p:8443 --proxy-cacert /ca.pem --proxy-cert /c.pem --proxy-key /k.pem https://10.0.0.1:10250/healthz',
    ],
    [
      'a proxy that resolves names',
      { proxy: { scheme: 'socks5', host: 'p', port: 1080, user: undefined } },
      'curl -sS --http1.1 --proxy socks5h://p:1080 https://10.0.0.1:10250/healthz',
    ],
    [
      '--noproxy if the environment names a proxy',
      { proxy: 'none' },
      "curl -sS --http1.1 --noproxy '*' https://10.0.0.1:10250/healthz",
    ],
    [
      'method, data and options',
      {
        method: 'PUT',
        data: ['@level', "it's\n"],
        options: ['--include', '--max-time', '5'],
        retries: 2,
      },
      String.raw`curl -sS --http1.1 -X PUT --data @level --data $'it\'s\x0a' --include --max-time 5 --retry 2 https://10.0.0.1:10250/healthz`,
    ],
    [
      '--head for HEAD',
      { method: 'HEAD' },
      'curl -sS --http1.1 --head https://10.0.0.1:10250/healthz',
    ],
    [
      'headers, with possible secrets in variables',
      { headers: { accept: 'text/plain', 'x-api-key': ['a', 'b'], range: '' } },
      String.raw`curl -sS --http1.1 -H 'accept: text/plain' -H @<(printf 'x-api-key: %s\n' "$HEADER_X_API_KEY") -H @<(printf 'x-api-key: %s\n' "$HEADER_X_API_KEY_2") -H 'range;' https://10.0.0.1:10250/healthz`,
    ],
    [
      'an Authorization header of the user in place of the token',
      {
        headers: { authorization: 'Bearer x' },
        sources: { ...noSources, authorization: field('{.t}', false) },
      },
      String.raw`curl -sS --http1.1 -H @<(printf 'authorization: %s\n' "$HEADER_AUTHORIZATION") https://10.0.0.1:10250/healthz`,
    ],
  ] satisfies readonly (readonly [string, Partial<PrintedCall>, string])[])
    test(`has ${title}`, () => assert.is(lineOf(more), expected));

  test('cannot be written if it would contain a secret', () => {
    const elsewhere = { from: 'elsewhere', title: 'what the credential plugin prints' } as const;
    for (const more of [
      { sources: { ...noSources, authorization: elsewhere } },
      { sources: { ...noSources, key: elsewhere } },
      {
        proxy: {
          scheme: 'http',
          host: 'p',
          port: 80,
          user: { name: 'u', password: 'secret' },
        } as const,
      },
    ])
      assert.throws(
        () => lineOf(more),
        (error: Error) =>
          /^--print-curl cannot leave out (?:what the|the proxy's)/.test(error.message),
      );
  });

  test('comes with notes about variables to set, and about the omitted --retry', () => {
    const { line, notes } = renderCurl(
      {
        ...call,
        retries: 3,
        headers: { 'x-key': 'secret' },
        sources: {
          ...noSources,
          ca: field('{.x}'),
          authorization: { from: 'flag', flag: '--token' },
        },
      },
      ['kubectl'],
    );
    assert.not.match(line, /--retry|secret/);
    assert.equal(notes, [
      'set TOKEN to the value of --token before you run it',
      'set HEADER_X_KEY to the values of your own headers before you run it',
      '--retry is left out: curl cannot read certificates from kubectl a second time',
    ]);
  });

  const bash = spawnSync('bash', ['-c', 'printf ok']);
  if (bash.stdout?.toString() !== 'ok')
    test.skip('quotes every word for bash, in one line', 'there is no bash');
  else
    test('quotes every word for bash, in one line', () =>
      fc.assert(
        fc.property(fc.string({ unit: anyCharacter }), (text) => {
          fc.pre(!text.includes('\0') && text.isWellFormed());
          const word = bashWord(text);
          assert.not.match(word, /\n/);
          const { stdout } = spawnSync('bash', ['-c', `printf %s ${word}`]);
          assert.is(stdout.toString('utf8'), text);
          const latin1 = [...text].filter((each) => each <= '\xff').join('');
          const bytes = spawnSync('bash', ['-c', `printf %s ${bashLatin1Word(latin1)}`]).stdout;
          assert.is(bytes.toString('latin1'), latin1);
        }),
        runs(60, 3000),
      ));
});
