import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { noSources } from '../../../src/kube/config/credential-sources.ts';
import { credentialOf, fixedCredentials } from '../../../src/kube/config/credentials.ts';
import { openKubeletAccess } from '../../../src/kube/kubelet-client/kubelet-access.ts';
import { parseServer } from '../../../src/kube/transport/server-address.ts';
import { proxyNames, startProxy } from '../../differential/proxies.ts';
import { Recording } from '../../differential/recording.ts';
import { createAuthority, type KeyPair } from '../../kit/certificates.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { thrownBy } from '../../kit/thrown-by.ts';
import { type Result, runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { type Sandbox, sandboxToken } from '../../sandbox/sandbox.ts';

interface Proxied {
  readonly sandbox: Sandbox;
  readonly proxy: { readonly url: string; readonly port: number };
  readonly recording: Recording;
  curl(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
}

/** Starts a sandbox, and a proxy that connects every target to the kubelet of node-1. */
function withProxy(
  name: string,
  answers: readonly number[],
  use: (proxied: Proxied) => Promise<void>,
): Promise<void> {
  return withSandbox(async (sandbox, tool) => {
    assert.ok(proxyNames.includes(name));
    const recording = new Recording();
    const pair = await (await createAuthority('proxy-ca')).issue({
      commonName: 'proxy',
      usage: 'server',
      ips: ['127.0.0.1'],
    });
    const serving = new Proxy({}, { get: () => pair }) as Readonly<Record<string, KeyPair>>;
    const portOf = () => sandbox.kubelets[0]?.port ?? 0;
    const proxy = await startProxy({ name, recording, serving, answers, portOf });
    try {
      await use({
        ...{ sandbox, proxy, recording },
        curl: (args, env = {}) =>
          tool(['curl', '/healthz', '--via', 'direct', ...args], 'admin', { env }),
      });
    } finally {
      await proxy.stop();
    }
  });
}

/** Writes a context whose token comes from a plugin; each run of the plugin adds a line to the file `runs`. */
function writePlugin({ directory, kubeconfigs }: Sandbox): { KUBECONFIG: string; runs: string } {
  const runs = join(directory, 'runs');
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: './plugin',
  };
  const answer = JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    status: { token: sandboxToken },
  });
  writeFileSync(join(directory, 'plugin'), `#!/bin/sh\necho run >> '${runs}'\necho '${answer}'\n`, {
    mode: 0o755,
  });
  const config = readFileSync(kubeconfigs.token, 'utf8').replace(
    JSON.stringify({ token: sandboxToken }),
    JSON.stringify({ exec }),
  );
  assert.match(config, 'exec');
  const KUBECONFIG = join(directory, 'exec');
  writeFileSync(KUBECONFIG, config);
  return { KUBECONFIG, runs };
}

const targets = ({ recording }: Proxied) => recording.proxies.map(({ target }) => target);
const named = ['--kubelet-address', 'node-1.test:10250', '--kubelet-tls-server-name', '127.0.0.1'];

suite('proxies to kubelets', (test) => {
  for (const kind of ['proxy', 'socks'])
    test(`--kubelet-proxy-url with a ${kind} URL applies to kubelets, even on loopback, and not to the API server`, () =>
      withProxy(kind, [], async (proxied) => {
        const { proxy, sandbox, curl } = proxied;
        const { code, stdout } = await curl(['--node', 'node-1', '--kubelet-proxy-url', proxy.url]);
        assert.equal([code, stdout], [0, 'ok']);
        assert.equal(targets(proxied), [`127.0.0.1:${sandbox.kubelets[0]?.port}`]);
      }));

  test('the proxy in HTTPS_PROXY is used for kubelets too, and resolves their names', () =>
    withProxy('proxy', [], async (proxied) => {
      const { code, stdout } = await proxied.curl(named, { HTTPS_PROXY: proxied.proxy.url });
      assert.equal([code, stdout, targets(proxied)], [0, 'ok', ['node-1.test:10250']]);
    }));

  test('NO_PROXY exempts kubelets in a network that it names', () =>
    withProxy('proxy', [], async (proxied) => {
      const env = { HTTPS_PROXY: proxied.proxy.url, NO_PROXY: '192.0.2.0/24' };
      const { code } = await proxied.curl(
        ['--kubelet-address', '192.0.2.1', '--timeout', '100ms'],
        env,
      );
      assert.equal([code, targets(proxied)], [1, []]);
    }));

  test('the proxy-url of the context does not apply to kubelets', () =>
    withProxy('proxy', [], async (proxied) => {
      const address = `127.0.0.1:${proxied.sandbox.kubelets[0]?.port}`;
      const { code } = await proxied.curl([
        '--kubelet-address',
        address,
        '--proxy-url',
        proxied.proxy.url,
      ]);
      assert.equal([code, targets(proxied)], [0, []]);
    }));

  test('a TLS proxy is verified before a password is sent to it, even with -k', () =>
    withProxy('httpsProxy', [], async (proxied) => {
      const url = proxied.proxy.url.replace('//', '//u:secret@');
      for (const more of [[], ['-k']]) {
        const args = ['--node', 'node-1', '--kubelet-proxy-url', url, ...more];
        const { code, stderr } = await proxied.curl(args);
        assert.is(code, 1);
        assert.match(
          stderr,
          /through the proxy https:\/\/127\.0\.0\.1:\d+: the proxy cannot be reached: its certificate is signed by an authority that is not trusted\n/,
        );
      }
      assert.equal(targets(proxied), []);
    }));

  test('the error of a proxy is reported without the password of the proxy', () =>
    withProxy('proxy', [407], async ({ curl, proxy }) => {
      const url = proxy.url.replace('//', '//u:secret@');
      const { code, stderr } = await curl([
        ...['--node', 'node-1', '--via', 'direct', '--kubelet-proxy-url', url],
      ]);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: cannot reach the kubelet of node-1 at \S+ through the proxy http:\/\/127\.0\.0\.1:\d+: the proxy answered CONNECT with 407 Refused\n/,
      );
      assert.not.match(stderr, 'secret');
    }));

  for (const scheme of ['http', 'https', 'socks5'])
    test(`a proxy that is down is reported: ${scheme}`, () =>
      withProxy('proxy', [], async ({ curl }) => {
        const url = `${scheme}://127.0.0.1:1`;
        const { stderr } = await curl(['--node', 'node-1', '--kubelet-proxy-url', url]);
        assert.match(stderr, /: the proxy cannot be reached: connection refused\n/);
      }));

  for (const scheme of ['http', 'https', 'socks5'])
    test(`a silent proxy is not waited for: ${scheme}`, async () => {
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const closed = once(silent, 'connection').then(([socket]) =>
        once(
          (socket as Socket).resume().on('error', () => {}),
          'close',
        ),
      );
      try {
        await withProxy('proxy', [], async ({ curl }) => {
          const url = `${scheme}://127.0.0.1:${port}`;
          const { stderr } = await curl([
            ...['--node', 'node-1', '--timeout', '200ms'],
            ...['--kubelet-proxy-url', url],
          ]);
          assert.match(stderr, / through the proxy \S+: no connection within 0\.2 s\n/);
          await closed;
        });
      } finally {
        silent.close();
      }
    });
});

suite('credentials for kubelets', (test) => {
  test('come from --kubelet-token-file in place of the certificate of the context', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'token');
      writeFileSync(file, `${sandboxToken}\n`);
      const args = [
        'curl',
        '/healthz',
        '--kubelet-address',
        `127.0.0.1:${sandbox.kubelets[0]?.port}`,
      ];
      assert.match((await tool(args, 'dev')).stderr, /Forbidden \(user=dev, /);
      const { code, stdout } = await tool([...args, '--kubelet-token-file', file], 'dev');
      assert.equal([code, stdout], [0, 'ok']);
    }));

  for (const [title, more] of [
    ['alone', []],
    ['next to a certificate', ['--kubelet-client-certificate', 'c', '--kubelet-client-key', 'k']],
  ] as const)
    test(`with -k, do not include a token that was read from a file: ${title}`, () =>
      withSandbox(async ({ authority, directory, kubelets }, tool) => {
        const { cert, key } = await authority.issue({ commonName: 'a', usage: 'client' });
        for (const [name, text] of Object.entries({ t: sandboxToken, c: cert, k: key }))
          writeFileSync(join(directory, name), text);
        const args = ['curl', '/healthz', '--node', 'node-1', '-k', '--kubelet-token-file', 't'];
        const { code, stderr } = await tool([...args, ...more], 'admin', { cwd: directory });
        assert.is(code, 1);
        assert.match(stderr, /^error: a token is never sent to a kubelet whose certificate is not/);
        assert.equal(kubelets[0]?.requests, []);
      }));

  test('come from one run of a plugin for both the API server and a kubelet; with -k, the kubelet gets no token', () =>
    withSandbox(async (sandbox) => {
      const { KUBECONFIG, runs } = writePlugin(sandbox);
      const args = ['curl', '/healthz', '--node', 'node-1', '--via', 'direct', '--show-token'];
      const env = { KUBECONFIG, PATH: '/usr/bin:/bin' };
      const { code, stdout, stderr } = await runTool(args, { env });
      assert.equal([code, stdout, stderr], [0, 'ok', '']);
      assert.is(readFileSync(runs, 'utf8'), 'run\n');
      const unverified = await runTool([...args, '-k'], { env });
      assert.match(unverified.stderr, /^error: a token is never sent to a kubelet/);
      assert.is(sandbox.kubelets[0]?.requests.length, 1);
    }));

  const clientCertificate = { cert: 'certificate', key: 'key' };
  const connection = {
    server: 'https://127.0.0.1:6443',
    address: parseServer('https://127.0.0.1:6443'),
    tls: { ca: 'ca', serverName: undefined, verify: true, peer: 'API server' },
    proxy: undefined,
    credentials: fixedCredentials(credentialOf({ token: 'secret', clientCertificate })),
    impersonate: undefined,
    namespace: 'default',
    sources: noSources,
    isServiceAccount: false,
    origin: undefined,
  } as const;
  const flags = {
    ...{ certificateAuthority: '', clientCertificate: '', clientKey: '', tokenFile: '' },
    ...{ tlsServerName: '', proxyUrl: '', pins: [], pinFiles: [] },
    insecureSkipTlsVerify: false,
  };
  const { signal } = new AbortController();
  const world = {
    ...{ cwd: '/', env: {}, signal, log: undefined, recorded: () => {} },
    showsToken: true,
  };

  test('include the client certificate of the context, but with -k not its token', async () => {
    for (const [insecureSkipTlsVerify, authorization] of [
      [false, 'Bearer secret'],
      [true, undefined],
    ] as const) {
      const access = await openKubeletAccess(
        connection,
        { ...flags, insecureSkipTlsVerify },
        world,
      );
      assert.equal(await access.identity(), { authorization, clientCertificate });
    }
  });

  test('include the token only if the user allows it, and the certificate in any case', async () => {
    const unasked = { ...world, showsToken: false };
    const access = await openKubeletAccess(connection, flags, unasked);
    assert.equal(await access.identity(), { authorization: undefined, clientCertificate });
    const credentials = fixedCredentials(credentialOf({ token: 'secret' }));
    const opened = openKubeletAccess({ ...connection, credentials }, flags, unasked);
    assert.match(String(await thrownBy(opened)), 'your token is not shown to kubelets');
  });

  for (const one of [{ clientCertificate: 'c.pem' }, { clientKey: 'k.pem' }])
    test(`need a certificate and its key: ${Object.keys(one)}`, async () => {
      const opened = openKubeletAccess(connection, { ...flags, ...one }, world);
      assert.match(String(await thrownBy(opened)), /-client-key must be used together/);
    });

  test('are rejected if the token file is empty', () =>
    withFiles({ token: ' \n' }, async (cwd) => {
      const ofFile = { ...flags, tokenFile: 'token' };
      const opened = openKubeletAccess(connection, ofFile, { ...world, cwd });
      assert.match(String(await thrownBy(opened)), 'kubelet token file token is empty');
    }));

  test('include the client certificate, but no password, which kubelets do not accept', async () => {
    const basic = credentialOf({ user: { name: 'jane', password: 'secret' }, clientCertificate });
    const access = await openKubeletAccess(
      { ...connection, credentials: fixedCredentials(basic) },
      flags,
      world,
    );
    assert.equal(await access.identity(), { authorization: undefined, clientCertificate });
  });

  test('come from one run of a plugin even if every kubelet answers 401', () =>
    withSandbox({ nodes: ['unauthorized', 'unauthorized', 'none'] }, async (sandbox) => {
      const { KUBECONFIG, runs } = writePlugin(sandbox);
      const { stdout } = await runTool(['status'], { env: { KUBECONFIG, PATH: '/usr/bin:/bin' } });
      assert.match(stdout, /node-2 /);
      assert.is(readFileSync(runs, 'utf8'), 'run\n');
    }));

  test('do not reach a kubelet of a private CA if only the CAs of the system are trusted', () =>
    withSandbox(async (_, tool) => {
      const { code, stderr } = await tool(
        'curl /healthz --node node-1 --via direct --kubelet-certificate-authority system',
      );
      assert.is(code, 1);
      assert.match(stderr, 'its certificate is signed by an authority that is not trusted');
    }));
});

suite('-v', (test) => {
  const log = async (level: number) => {
    let stderr = '';
    await withSandbox(async (_, tool) => {
      const line = `curl /healthz --node node-1 --via direct --show-token -v=${level} -H X-Key:hidden`;
      ({ stderr } = await tool(line, 'token'));
    });
    return stderr
      .replaceAll(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ /gm, '')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
      .replaceAll(/milliseconds=\d+/g, 'milliseconds=N')
      .replaceAll(/Date: .*/g, 'Date: …');
  };

  test('6 logs requests to the API server and to kubelets', async () =>
    assert.is(
      await log(6),
      'kubeletaccess] "Response" verb="GET" url="https://HOST/api/v1/nodes/node-1" status="200 OK" milliseconds=N\n' +
        'kubeletaccess] "Response" verb="GET" url="https://HOST/healthz" status="200 OK" milliseconds=N\n',
    ));

  test('7 logs headers of requests, and 8 headers of responses, without secrets', async () => {
    assert.match(
      await log(7),
      /kubeletaccess\] "Request" verb="GET" url="https:\/\/HOST\/healthz" headers=<\n(?:\t.*\n)*\tauthorization: Bearer <masked>\n(?:\t.*\n)*\tx-key: <masked>\n >\nkubeletaccess\] "Response" status="200 OK" milliseconds=N\n$/,
    );
    assert.match(
      await log(8),
      /"Response" status="200 OK" headers=<\n(?:\t.*\n)*\tDate: …\n(?:\t.*\n)* > milliseconds=N\n$/,
    );
    assert.not.match(await log(9), /hidden|sandbox-token/);
  });

  test('5 logs nothing', async () => assert.is(await log(5), ''));
});
