import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Script, withScriptedKubelets } from '../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { type Result, runTool } from '../kit/tool.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** A token in the form of an OIDC token, which only the OIDC plugin parses. */
const secret = `e30.${Buffer.from('{"exp":4102444800}').toString('base64url')}.s3cret8f14e45fceea167a`;

/** Command lines of each command that may call a kubelet; none for commands that call only the API server, or no server. */
const lines: Readonly<Record<string, readonly string[]>> = {
  status: ['status', 'status node-1', 'status --streams'],
  check: ['check metrics-server'],
  grant: ['grant', 'grant --wait', 'grant --dry-run=server'],
  revoke: ['revoke', 'revoke --wait'],
  grants: ['grants'],
  'who-can': ['who-can'],
  narrow: [],
  policy: [],
  'who-used': [],
  explain: [],
  audit: ['audit', 'audit node-1'],
  top: ['top nodes', 'top pods', 'top nodes --watch=1s', 'top node node-1'],
  get: ['get pods', 'get configz', 'get healthz', 'get flagz', 'get configz --node node-1'],
  diff: ['diff configz'],
  metrics: ['metrics resource', 'metrics kubelet', 'metrics resource --node node-1'],
  logs: ['logs web', 'logs web -f'],
  'node-logs': ['node-logs node-1', 'node-logs -u kubelet', 'node-logs -u kubelet -f'],
  certificates: ['certificates'],
  curl: [
    'curl /stats/summary --node node-1',
    'curl -X HEAD /healthz --node node-1',
    'curl /healthz --all',
    'curl -X POST /run/default/web/web?cmd=id --node node-1 --allow-unsafe',
    'curl -d x /configz --node node-1 --allow-unsafe',
  ],
  endpoints: [],
  exec: ['exec web --allow-exec -- id'],
  attach: ['attach web --allow-exec'],
  'port-forward': ['port-forward web :80 --allow-exec'],
  completion: [],
  options: [],
  version: [],
  help: [],
};

/** Value that is sent for a user name and a password. */
const basic = Buffer.from(`admin:${secret}`).toString('base64');

const plugin = (status: object) => {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const text = JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
  const args = ['-e', `console.log(${JSON.stringify(text)})`];
  return { exec: { apiVersion, command: process.execPath, args, interactiveMode: 'Never' } };
};

/** Credentials, by their place in a kubeconfig or an option. */
const credentials: Readonly<
  Record<string, (folder: string) => { readonly user: object; readonly options?: string }>
> = {
  'a token in the kubeconfig': () => ({ user: { token: secret } }),
  'a file with a token': (folder) => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, secret);
    return { user: { tokenFile } };
  },
  '--token': () => ({ user: {}, options: `--token ${secret}` }),
  'a token of a plugin': () => ({ user: plugin({ token: secret }) }),
  'an OIDC token': () => ({
    user: {
      'auth-provider': {
        name: 'oidc',
        config: { 'idp-issuer-url': 'https://idp', 'client-id': 'c', 'id-token': secret },
      },
    },
  }),
  'a user name and a password': () => ({ user: { username: 'admin', password: secret } }),
};

const isRevealed = (headers: NodeJS.Dict<string | string[]>) =>
  headers['authorization'] !== undefined || JSON.stringify(headers).includes(secret);

const refuse: Script = (_request, response) => {
  response.writeHead(401).end('Unauthorized');
};

/** Writes the admin's kubeconfig with another user, whom the API server accepts, too. */
function kubeconfigOf(sandbox: Sandbox, name: string, user: object): string {
  const config = JSON.parse(readFileSync(sandbox.kubeconfigs.admin, 'utf8')) as object;
  const path = join(sandbox.directory, `${name}.kubeconfig`);
  const own = {
    users: [{ name: 'own', user }],
    contexts: [{ name: 'own', context: { cluster: 'sandbox', user: 'own' } }],
    'current-context': 'own',
  };
  writeFileSync(path, JSON.stringify({ ...config, ...own }));
  return path;
}

async function runFor(kubeconfig: string, line: string): Promise<Result> {
  const isEndless = / (?:-f|--wait|--watch\S+)(?: |$)|^port-forward /.test(line);
  return runTool(line.split(' '), {
    env: { KUBECONFIG: kubeconfig },
    ...(isEndless && { signal: AbortSignal.timeout(2_000) }),
  });
}

concurrentSuite('a token and kubelets', (test) => {
  test('the table of this test has a line for every command', async () => {
    const { stdout } = await runTool(['__complete', '']);
    const names = stdout.split('\n').flatMap((line) => /^([a-z-]+)\t/.exec(line)?.[1] ?? []);
    assert.equal(Object.keys(lines).toSorted(), names.toSorted());
  });

  for (const [title, credential] of Object.entries(credentials))
    test(`${title} is not sent to a kubelet by any command`, () =>
      withScriptedKubelets([refuse, refuse], async ({ sandbox, requests }) => {
        for (const each of [secret, basic])
          sandbox.tokens.set(each, { user: 'token-admin', groups: ['system:masters'] });
        const { user, options = '' } = credential(sandbox.directory);
        const kubeconfig = kubeconfigOf(sandbox, 'own', user);
        for (const line of Object.values(lines).flat()) {
          const words = options === '' ? line : line.replace(/(?= -- |$)/, ` ${options}`);
          const { code, stdout, stderr } = await runFor(kubeconfig, words);
          assert.is.not(code, 2, `${line}: ${stderr}`);
          assert.not.match(stdout + stderr, secret, line);
          assert.equal(
            requests.splice(0).filter(({ headers }) => isRevealed(headers)),
            [],
            line,
          );
        }
      }));

  test('a token is not sent with --via direct: the error names --show-token', () =>
    withScriptedKubelets([refuse], async ({ sandbox, requests }) => {
      sandbox.tokens.set(secret, { user: 'token-admin', groups: ['system:masters'] });
      const kubeconfig = kubeconfigOf(sandbox, 'own', { token: secret });
      const env = { KUBECONFIG: kubeconfig, KUBELETACCESS_VIA: 'direct' };
      for (const line of [
        'curl /healthz --node node-1 --via direct',
        'curl /healthz --node node-1',
        'top nodes --via direct',
        'logs web --via direct',
        'exec web --via direct --allow-exec -- id',
        'exec web --via auto --allow-exec -- id',
      ]) {
        const { code, stderr } = await runTool(line, { env });
        assert.equal([code, requests], [1, []], `${line}: ${stderr}`);
        assert.match(stderr, /^error: your token is not shown to kubelets/);
        assert.match(stderr, /^hint: show your token to .*: --show-token /m);
      }
    }));

  test('a token is sent with --show-token, or if its file is given for kubelets', () =>
    withScriptedKubelets([refuse], async ({ sandbox, requests }) => {
      sandbox.tokens.set(secret, { user: 'token-admin', groups: ['system:masters'] });
      const kubeconfig = kubeconfigOf(sandbox, 'own', { token: secret });
      const file = join(sandbox.directory, 'for-kubelets');
      writeFileSync(file, secret);
      const line = 'curl /healthz --node node-1';
      for (const option of [
        '--show-token',
        '--via direct --show-token',
        `--kubelet-token-file ${file}`,
      ]) {
        await runFor(kubeconfig, `${line} ${option}`);
        const [shown] = requests.splice(0);
        assert.is(shown?.headers['authorization'], `Bearer ${secret}`, option);
      }
    }));
});
