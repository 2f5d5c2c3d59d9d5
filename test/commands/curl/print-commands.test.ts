import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { type Result, runProcess, runTool } from '../../kit/tool.ts';
import { allow, type Caller, withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';
import { type Sandbox, sandboxToken } from '../../sandbox/sandbox.ts';

const healthz = ['/healthz', '--node', 'node-1'];
const isThere = (command: string) => spawnSync(command, ['--help']).error === undefined;
const missing = ['bash', 'curl', 'kubectl'].find((each) => !isThere(each));

interface Printed extends Result {
  readonly pasted: Result;
}

/** Prints a command, and runs it in bash. */
async function paste(
  sandbox: Sandbox,
  args: readonly string[],
  caller: Caller = 'admin',
  env: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const kubeconfig = sandbox.kubeconfigs[caller];
  allow(sandbox, 'Kubernetes', [rule('nodes/healthz')]);
  const world = { ...env, KUBECONFIG: kubeconfig };
  const requests = () => sandbox.kubelets.flatMap((kubelet) => kubelet.requests);
  const before = requests().length;
  const printed = await runTool(['curl', ...args, '--print-curl'], {
    env: world,
    cwd: sandbox.directory,
  });
  assert.is(printed.code, 0, printed.stderr);
  assert.is(requests().length, before, 'nothing is sent');
  assert.not.match(printed.stdout + printed.stderr, sandboxToken);
  assert.not.match(printed.stdout, 'BEGIN');
  const pasted = await runProcess('bash', ['-c', printed.stdout], {
    env: { PATH: process.env['PATH'], HOME: sandbox.directory, ...world },
    cwd: sandbox.directory,
  });
  return { ...printed, pasted };
}

suite('curl --print-curl: the printed command, pasted into bash', (test) => {
  if (missing !== undefined) return test.skip('works', `there is no ${missing}`);

  for (const caller of ['admin', 'token'] as const)
    for (const via of ['direct', 'apiserver'])
      test(`works with --via ${via} and the credential of ${caller}`, () =>
        withSandbox(async (sandbox) => {
          const shown = via === 'direct' ? ['--show-token'] : [];
          const args = ['/healthz?verbose', '--node', 'node-1', '--via', via, ...shown];
          const { stdout, stderr, pasted } = await paste(sandbox, args, caller);
          assert.is(pasted.stderr, '');
          assert.match(pasted.stdout, /^\[\+\]ping ok\n.*healthz check passed\n$/s);
          assert.equal(sandbox.kubelets[0]?.requests, ['GET /healthz?verbose']);
          assert.match(stdout, /^curl -sS --http1\.1 [^\n]+\n$/);
          assert.is(stderr, '');
        }));

  test('works with flags for files whose names contain a colon, a blank and quotes', () =>
    withSandbox(async (sandbox) => {
      const { cert, key } = await sandbox.authority.issue({
        commonName: 'flag',
        organizations: ['system:masters'],
        usage: 'client',
      });
      const files = { 'ca.pem': sandbox.authority.cert, 'my: cert.pem': cert, "my 'key'.pem": key };
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(sandbox.directory, name), text);
      const { stdout, pasted } = await paste(sandbox, [
        ...healthz,
        ...['--kubelet-certificate-authority', 'ca.pem'],
        ...['--kubelet-client-certificate', 'my: cert.pem', '--kubelet-client-key', "my 'key'.pem"],
      ]);
      assert.is(pasted.stdout, 'ok', stdout + pasted.stderr);
      assert.not.match(stdout, 'kubectl');
    }));

  test('verifies --kubelet-tls-server-name, and sends the same Host header', () =>
    withSandbox(async (sandbox) => {
      const args = [...healthz, '--kubelet-tls-server-name'];
      const good = await paste(sandbox, [...args, 'node-1']);
      assert.is(good.pasted.stdout, 'ok', good.stdout + good.pasted.stderr);
      const bad = await paste(sandbox, [...args, 'other.example']);
      assert.is(bad.pasted.code, 60, bad.pasted.stderr);
    }));

  test('sends method, data and headers, and has --include and --max-time', () =>
    withSandbox(async (sandbox) => {
      writeFileSync(join(sandbox.directory, 'level'), '4\n');
      const { stdout, pasted } = await paste(sandbox, [
        ...['loglevel', '--node', 'node-1', '--allow-unsafe'],
        ...['-X', 'PUT', '-d', '@level', '-H', 'Accept: text/plain', '-i'],
        ...['--timeout', '9500ms', '-o', 'raw'],
      ]);
      assert.match(stdout, / -X PUT --data @level --include --max-time 9\.5 /);
      assert.match(pasted.stdout, /^HTTP\/1\.1 200 OK\r\n[\s\S]*set .* to 4\n$/);
    }));

  test('has no time limit without --timeout, and the retries of --retry', () =>
    withSandbox(async (sandbox) => {
      const args = [...healthz, '--retry', '2'];
      const files = ['--kubelet-token-file', 'token', '--kubelet-certificate-authority', 'ca.pem'];
      writeFileSync(join(sandbox.directory, 'token'), sandboxToken);
      writeFileSync(join(sandbox.directory, 'ca.pem'), sandbox.authority.cert);
      const { stdout, pasted } = await paste(sandbox, [...args, ...files], 'token');
      assert.is(pasted.stdout, 'ok', pasted.stderr);
      assert.match(stdout, / --retry 2 https:/);
      assert.not.match(stdout, '--max-time');
    }));

  test('reads secret headers of the user from variables', () =>
    withSandbox(async (sandbox) => {
      const header = `Authorization: Bearer ${sandboxToken}`;
      const dev = [...healthz, '--via', 'apiserver', '-H', header];
      const env = { HEADER_AUTHORIZATION: `Bearer ${sandboxToken}` };
      const variable = await paste(sandbox, [...dev, '--user', 'token'], 'dev', env);
      assert.is(variable.pasted.stdout, 'ok', variable.stdout + variable.pasted.stderr);
      assert.match(variable.stderr, /^note: set HEADER_AUTHORIZATION to the value/);
    }));

  test('is printed for each node', () =>
    withSandbox({ nodes: ['none', 'none', 'no-addresses'] }, async (sandbox, tool) => {
      const line = 'curl /healthz --all --via direct --show-token --print-curl';
      const { code, stdout, stderr } = await tool(line, 'token');
      assert.is(code, 4);
      assert.is(stdout.split('\n').length, 3);
      assert.match(stderr, /^error: node node-3 has no address [^\n]*\n(?:why|remedy|hint)/);
      const pasted = await runProcess('bash', ['-c', stdout], {
        env: {
          PATH: process.env['PATH'],
          HOME: sandbox.directory,
          KUBECONFIG: sandbox.kubeconfigs.token,
        },
      });
      assert.is(pasted.stdout, 'okok', pasted.stderr);
    }));

  test('ignores a proxy of the environment that the request would not use', () =>
    withSandbox(async (sandbox) => {
      const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
      const args = healthz;
      const { stdout, pasted } = await paste(sandbox, args, 'admin', env);
      assert.is(pasted.stdout, 'ok', pasted.stderr);
      assert.match(stdout, " --noproxy '*' ");
    }));

  test('goes through a proxy, unless the proxy needs a password', () =>
    withSandbox(async (sandbox, tool) => {
      const asked: unknown[] = [];
      const proxy = createServer().on('connect', ({ url = '', headers }, socket: Socket) => {
        asked.push([url, headers['proxy-authorization']]);
        const kubelet = connect({ host: '127.0.0.1', port: Number(url.split(':').at(-1)) });
        for (const each of [socket, kubelet]) each.on('error', () => {});
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(kubelet).pipe(socket);
      });
      const args = [...healthz, '--kubelet-proxy-url'];
      const address = `127.0.0.1:${sandbox.kubelets[0]?.port}`;
      await withListener(proxy, async (port) => {
        const plain = await paste(sandbox, [...args, `http://127.0.0.1:${port}`]);
        assert.is(plain.pasted.stdout, 'ok', plain.pasted.stderr);
        const url = `http://me%40here:p%3Aa%22%5C%20ss@127.0.0.1:${port}`;
        const { code, stdout, stderr } = await tool(['curl', ...args, url, '--print-curl']);
        assert.equal([code, stdout], [1, '']);
        assert.is(
          stderr,
          "error: --print-curl cannot leave out the proxy's user and password\nhint: without --print-curl, the request is sent with it\n",
        );
        assert.equal(asked, [[address, undefined]]);
      });
    }));

  test('is not printed for a credential of a plugin', () =>
    withSandbox(async (sandbox, tool) => {
      const plugin = join(sandbox.directory, 'plugin');
      const credential = {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: sandboxToken },
      };
      writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
      chmodSync(plugin, 0o700);
      const config = JSON.parse(readFileSync(sandbox.kubeconfigs.token, 'utf8'));
      const exec = { apiVersion: credential.apiVersion, command: plugin, interactiveMode: 'Never' };
      config.users.find((each: { name: string }) => each.name === 'token').user = { exec };
      writeFileSync(sandbox.kubeconfigs.token, JSON.stringify(config));
      const line = 'curl /healthz --node node-1 --print-curl';
      const { code, stdout, stderr } = await tool(line, 'token');
      assert.equal([code, stdout], [1, '']);
      assert.is(
        stderr,
        'error: --print-curl cannot leave out what the credential plugin prints\nhint: without --print-curl, the request is sent with it\n',
      );
    }));
});
