import { createServer } from 'node:http';
import * as assert from 'uvu/assert';
import { formatError } from '../../src/errors.ts';
import { parseExecOutput } from '../../src/kube/credential-plugin/exec-credential.ts';
import { answer, type Echo, echoed, runAgainst, withEcho } from '../kit/echo-server.ts';
import { fc } from '../kit/fast-check.ts';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { nowhere, withFiles } from '../kit/temporary.ts';
import { runTool } from '../kit/tool.ts';
import { withListener } from '../sandbox/listen.ts';

const secret = fc.stringMatching(/^[a-z0-9]{12,20}$/).map((text) => `s3cret${text}`);

/** Fields of a kubeconfig that contain secrets, also with the fields that they need, and with invalid types. */
const fields: readonly ((value: string) => Readonly<Record<string, unknown>>)[] = [
  (value) => ({ token: value }),
  (value) => ({ token: `${value}\n` }),
  (value) => ({ token: `${value}\u0000ü` }),
  (value) => ({ token: { [value]: value } }),
  (value) => ({ token: [value] }),
  (value) => ({ username: 'u', password: value }),
  (value) => ({ username: 'u', password: value, token: value }),
  (value) => ({ 'client-certificate-data': base64(value), 'client-key-data': base64(value) }),
  (value) => ({ 'client-certificate-data': value, 'client-key-data': `%${value}` }),
  (value) => ({ 'client-key-data': base64(pem('PRIVATE KEY', value)) }),
  (value) => ({
    'client-certificate-data': base64(pem('CERTIFICATE', value)),
    'client-key-data': base64(pem('ENCRYPTED PRIVATE KEY', value)),
  }),
  (value) => ({ 'auth-provider': { name: 'oidc', config: oidc(value) } }),
  (value) => ({ 'auth-provider': { name: 'gcp', config: { 'access-token': value } } }),
  (value) => ({ 'auth-provider': { name: 'x', config: [value] } }),
  (value) => ({ exec: { command: nowhere, apiVersion: 'v1', env: [{ name: 'A', value }] } }),
  (value) => ({ exec: { ...plugin, env: [{ name: 'A', value }], args: ['-c', 'exit 3', value] } }),
  (value) => ({ exec: { ...plugin, args: ['-c', `echo ${value}`] } }),
  (value) => ({ exec: { ...plugin, args: ['-c', `echo '{"status": {"token": "${value}"'`] } }),
  (value) => ({ exec: { ...plugin, args: ['-c', `echo '${credential(value)}'`] } }),
];
const servers: readonly ((value: string, port: number) => string)[] = [
  (_, port) => `http://127.0.0.1:${port}`,
  (_, port) => `https://127.0.0.1:${port}`,
  (value, port) => `http://u:${value}@127.0.0.1:${port}/p`,
  (value, port) => `https://${value}@127.0.0.1:${port}`,
  (value) => `https://u:${value}@a b`,
  (value) => `ftp://u:${value}@a`,
  () => 'http://127.0.0.1:1',
];
const proxies: readonly ((value: string, port: number) => string | undefined)[] = [
  () => undefined,
  () => undefined,
  (value, port) => `http://u:${value}@127.0.0.1:${port}`,
  (value) => `socks5://u:${value}@127.0.0.1:1`,
  (value) => `ftp://u:${value}@a`,
  (value) => `http://u:${value}/x@a b`,
  (value) => `socks5://u:${value}127.0.0.1:1`,
  (value) => value,
];

const plugin = {
  command: '/bin/sh',
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
};
const credential = (token: string) =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion: plugin.apiVersion, status: { token } });
const oidc = (value: string) => ({
  'idp-issuer-url': 'https://a',
  'client-id': 'c',
  'client-secret': value,
  'id-token': `a.${base64(`{"exp": 1, "x": "${value}"`)}.c`,
  'refresh-token': value,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const pem = (kind: string, value: string) =>
  `-----BEGIN ${kind}-----\n${base64(value)}\n-----END ${kind}-----\n`;

function holds(text: string, value: string): boolean {
  // A secret has three forms in base64, by its position in a group of three bytes.
  const encoded = ['', 'x', 'xx'].map((before) => base64(before + value).slice(4, -4));
  return [value, ...encoded].some((form) => text.includes(form));
}

/** Responses that echo the request headers: in a Status, as text, in base64, after a long text, in a header, in an object. */
const echoes: readonly ((headers: string) => Echo)[] = [403, 500, 200, 404].flatMap((status) =>
  [
    (text: string) => JSON.stringify({ kind: 'Status', code: status, reason: 'X', message: text }),
    (text: string) => text,
    (text: string) => `x`.repeat(500) + text,
    (text: string) => Buffer.from(text).toString('base64'),
    (text: string) => encodeURIComponent(text),
    (text: string) => `<html>\nhint: ${text}\n</html>`,
    (text: string) =>
      JSON.stringify({ kind: 'NodeList', items: [{ metadata: { name: text } }], metadata: {} }),
  ].map((body) => (headers: string) => ({ status, body: body(headers), location: headers })),
);
/** Runs a server that sends denials, redirects and nonsense, but never echoes a request. */
async function withServer(use: (port: number) => Promise<void>): Promise<void> {
  const answers = [200, 401, 403, 302, 407, 500];
  let next = 0;
  const server = createServer((_, response) => {
    response.writeHead(answers[next++ % answers.length] ?? 200, {
      location: 'http://127.0.0.1:1/',
    });
    response.end('no');
  });
  await withListener(server, use);
}

suite('secrets', (test) => {
  test('are never printed from a kubeconfig, plugin or header, at any -v, even if the file is damaged', () =>
    withServer((port) =>
      fc.assert(
        fc.asyncProperty(
          secret,
          fc.constantFrom(...fields),
          fc.constantFrom(...servers),
          fc.constantFrom(...proxies),
          fc.integer({ min: 0, max: 9 }),
          fc.constantFrom(0, 0, 0, 0.3, 0.6, 0.9),
          fc.constantFrom('', '', '\t', '{', '*', '!x', '%'),
          async (value, field, server, proxy, verbosity, cut, insert) => {
            const cluster = {
              ...{ server: server(value, port), 'proxy-url': proxy(value, port) },
              'insecure-skip-tls-verify': true,
            };
            const whole = kubeconfigText(cluster, field(value));
            const at = Math.floor(whole.length * cut);
            const text = cut === 0 ? whole : whole.slice(0, at) + insert + whole.slice(at + 7);
            await withFiles({ config: text }, async (directory) => {
              const { stdout, stderr } = await runTool(
                [
                  ...['curl', '/healthz', '--node', 'n', '--via', 'apiserver'],
                  ...['-H', `Authorization: Bearer ${value}`, '-H', `X-Api-Key: ${value}`],
                  ...[`-v=${verbosity}`, '--kubeconfig', `${directory}/config`],
                ],
                { env: { PATH: '/bin' }, cwd: directory },
              );
              assert.not.ok(holds(stdout + stderr, value), `${text}\n${stdout}${stderr}`);
              assert.not.match(stderr, /defect/, text);
            });
          },
        ),
        runs(400),
      ),
    ));

  test('are masked in errors, reports and logs if a server echoes them in any form and length', () =>
    withEcho((server) =>
      fc.assert(
        fc.asyncProperty(
          secret,
          fc.constantFrom(...fields.slice(0, 2), (value: string) => ({
            username: 'u',
            password: value,
          })),
          fc.constantFrom(...echoes),
          fc.constantFrom(...echoed, ['curl', '-i', '/nosuch', '--node', 'n']),
          fc.constantFrom('-v=0', '-v=8', '-HX-Api-Key'),
          async (value, field, echo, line, more) => {
            const isCurl = line[0] === 'curl';
            // The body of a successful response is printed unchanged.
            const printsBody = isCurl || line.some((word) => /^(?:logs|node-logs)$/.test(word));
            fc.pre(!(printsBody && echo('').status === 200) && (isCurl || more !== '-HX-Api-Key'));
            answer.make = echo;
            const [command = '', ...words] = line;
            const flag = more === '-HX-Api-Key' ? `-HX-Api-Key: ${value}` : more;
            const args = [command, flag, ...words];
            const { code, stdout, stderr } = await runAgainst(server, field(value), args);
            assert.not.ok(holds(stdout + stderr, value), `${stdout}${stderr}`);
            // endpoints lists paths even if no server reports which of them are allowed.
            const isListed = command === 'endpoints' && code === 0;
            assert.ok((code !== 0 || isListed) && code !== 70, `${code}: ${stderr}`);
          },
        ),
        runs(300),
      ),
    ));

  test('are never printed if they are in flags', () =>
    fc.assert(
      fc.asyncProperty(
        secret,
        fc.constantFrom(
          ['--token', ''],
          ['--token', '\n'],
          ['--token', '--username=x'],
          ['--password', ''],
          ['--password', '--username=x'],
          ['--password', '--token=x'],
        ),
        fc.integer({ min: 0, max: 9 }),
        async (value, [flag = '', more = ''], verbosity) => {
          const { stdout, stderr } = await runTool([
            ...['curl', '/healthz', '--node', 'n', '--via', 'apiserver'],
            ...['-s', 'https://127.0.0.1:1', `-v=${verbosity}`],
            ...(more.startsWith('-') ? [`${flag}=${value}`, more] : [`${flag}=${value}${more}`]),
          ]);
          assert.not.ok(holds(stdout + stderr, value), stdout + stderr);
        },
      ),
      runs(100, 6000),
    ));

  test('are not printed if they are in the rejected output of a plugin', () =>
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(0.1, 0.3, 0.5, 0.7, 0.9, 1),
        fc.constantFrom('', '\n---\n', '}', '\t', ' *', ' &', '\0', '"'),
        fc.constantFrom(
          (value: string) => credential(value),
          (value: string) => `token: ${value}`,
          (value: string) => `kind: ${value}\napiVersion: ${value}\nstatus: ${value}`,
          (value: string) => `{"apiVersion": "client.authentication.k8s.io/${value}"}`,
          (value: string) =>
            `apiVersion: ${plugin.apiVersion}\nstatus: {expirationTimestamp: "${value}", token: x}`,
          (value: string) =>
            `apiVersion: ${plugin.apiVersion}\nstatus: {clientKeyData: ${value}, clientCertificateData: ${value}}`,
        ),
        (value, cut, insert, print) => {
          const whole = print(value);
          const at = Math.floor(whole.length * cut);
          let told = '';
          try {
            parseExecOutput(whole.slice(0, at) + insert + whole.slice(at), plugin.apiVersion);
          } catch (error) {
            told = formatError(error, true).text;
          }
          assert.not.ok(holds(told, value), told);
          assert.not.match(told, /defect/);
        },
      ),
      runs(1000),
    ));
});
