import { chmodSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { Failure, formatError, Interrupted } from '../../../src/errors.ts';
import {
  type ExpiringCredential,
  fromPlugin,
  pluginCredentials,
} from '../../../src/kube/config/plugin-credentials.ts';
import {
  type ExecCredential,
  parseExecOutput,
} from '../../../src/kube/credential-plugin/exec-credential.ts';
import { type ExecCluster, execInfo } from '../../../src/kube/credential-plugin/exec-info.ts';
import {
  checkExecConfig,
  type ExecConfig,
  type ExecWorld,
  runExecPlugin,
} from '../../../src/kube/credential-plugin/plugin.ts';
import { createAuthority } from '../../kit/certificates.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { thrownBy } from '../../kit/thrown-by.ts';
import { collector, runProcess } from '../../kit/tool.ts';

const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';

const config: ExecConfig = {
  apiVersion: v1,
  command: 'plug',
  args: [],
  env: [],
  installHint: '',
  provideClusterInfo: false,
  interactiveMode: 'Never',
};
const cluster: ExecCluster = {
  server: 'https://a:1',
  'tls-server-name': '',
  'insecure-skip-tls-verify': false,
  'certificate-authority-data': '',
  'proxy-url': '',
  'disable-compression': false,
  config: undefined,
};
const good = `echo '{"apiVersion":"${v1}","status":{"token":"good"}}'`;
const untouched = new AbortController().signal;

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return formatError(error, true).text;
  }
  return 'accepted';
}

interface Run {
  readonly script?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: Partial<ExecConfig>;
  readonly cluster?: ExecCluster;
  readonly world?: Partial<ExecWorld>;
  readonly signal?: AbortSignal;
  /** PATH; DIR stands for the folder of the test. */
  readonly path?: string;
}

/** Runs the shell script `bin/plug`, found on PATH. DIR in the config stands for the folder of the test. */
async function run(options: Run): Promise<{ credential: ExecCredential; stderr: string }> {
  const files = { 'bin/plug': `#!/bin/sh\n${options.script ?? good}\n`, ...options.files };
  return withFiles(files, async (directory) => {
    for (const name of Object.keys(files))
      if (!name.endsWith('.txt')) chmodSync(join(directory, name), 0o755);
    const put = (text: string) => text.replaceAll('DIR', directory);
    const err = collector();
    const world: ExecWorld = {
      env: { PATH: put(options.path ?? 'DIR/bin:/usr/bin:/bin'), OWN: 'own' },
      stdinIsTerminal: false,
      stdinAvailable: true,
      stderr: err.stream,
      policy: () => ({ type: 'AllowAll', allowlist: [], file: '' }),
      ...options.world,
    };
    const chosen = { ...config, ...options.config };
    chosen.command = put(chosen.command);
    const signal = options.signal ?? untouched;
    const credential = await runExecPlugin(chosen, options.cluster, world, signal);
    return { credential, stderr: err.text() };
  });
}

const token = async (options: Run) => (await run(options)).credential.token;
const failure = (options: Run) => refusal(() => run(options));

concurrentSuite('exec plugin: config', (test) => {
  const table: readonly [title: string, change: Partial<ExecConfig>, expected: RegExp][] = [
    ['needs a command', { command: '' }, /^error: command must be specified for u to use exec/],
    ['needs an apiVersion', { apiVersion: '' }, /^error: apiVersion must be specified for u/],
    [
      'needs v1 or v1beta1',
      { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      /^error: exec plugin: invalid apiVersion "client.authentication.k8s.io\/v1alpha1"/,
    ],
    [
      'needs a name for each variable',
      { env: [{ name: '', value: 'x' }] },
      /^error: env variable name must be specified for u/,
    ],
    ['needs interactiveMode in v1', { interactiveMode: '' }, /^error: interactiveMode must be/],
    [
      'rejects an interactiveMode in another letter case',
      { interactiveMode: 'never' },
      /^error: invalid interactiveMode for u: "never"\n/,
    ],
    [
      'lists all problems at once',
      { command: '', interactiveMode: '' },
      /^error: command must .* plugin; interactiveMode must .* plugin\nhint: /,
    ],
    [
      'allows v1beta1 without interactiveMode',
      { apiVersion: v1beta1, interactiveMode: '' },
      /^accepted$/,
    ],
  ];
  for (const [title, change, expected] of table)
    test(title, async () =>
      assert.match(await refusal(() => checkExecConfig({ ...config, ...change }, 'u')), expected),
    );
});

concurrentSuite('exec plugin: KUBERNETES_EXEC_INFO', (test) => {
  // Recorded from kubectl v1.37.2.
  const table: readonly [title: string, info: string, expected: string][] = [
    [
      'has the set fields of the cluster, in the order of the type in Go',
      execInfo(
        v1,
        {
          server: 'https://a:1/?b&c',
          'tls-server-name': 'n',
          'insecure-skip-tls-verify': true,
          'certificate-authority-data': 'Y2E=',
          'proxy-url': 'http://p',
          'disable-compression': true,
          config: 'hello',
        },
        false,
      ),
      `{"kind":"ExecCredential","apiVersion":"${v1}","spec":{"cluster":{"server":"https://a:1/?b\\u0026c","tls-server-name":"n","insecure-skip-tls-verify":true,"certificate-authority-data":"Y2E=","proxy-url":"http://p","disable-compression":true,"config":"hello"},"interactive":false}}\n`,
    ],
    [
      'has the extension with sorted keys and escaped HTML',
      execInfo(
        v1,
        { ...cluster, config: { b: [1, { z: 1, y: null }], 10: 1.5, 9: true, a: 'x<&>\u2028é' } },
        false,
      ),
      `{"kind":"ExecCredential","apiVersion":"${v1}","spec":{"cluster":{"server":"https://a:1","config":{"10":1.5,"9":true,"a":"x\\u003c\\u0026\\u003e\\u2028é","b":[1,{"y":null,"z":1}]}},"interactive":false}}\n`,
    ],
  ];
  for (const [title, info, expected] of table) test(title, () => assert.is(info, expected));

  const script = `printf %s "$KUBERNETES_EXEC_INFO" >&2; ${good}`;
  test('reaches the plugin, but contains the cluster only with provideClusterInfo', async () => {
    assert.is((await run({ script, cluster })).stderr, execInfo(v1, undefined, false));
    const asking = { script, cluster, config: { provideClusterInfo: true } };
    assert.is((await run(asking)).stderr, execInfo(v1, cluster, false));
  });
});

concurrentSuite('exec plugin: running', (test) => {
  test('normalizes and runs an absolute command', async () => {
    assert.is(await token({ config: { command: 'DIR/bin/../bin//plug/' }, path: '' }), 'good');
  });

  test('rejects a plugin that PATH finds first in a relative folder, even if a later folder has it', async () => {
    const text = await withFiles({ plug: '#!/bin/sh\nexit 9\n' }, async (here) => {
      chmodSync(join(here, 'plug'), 0o755);
      return failure({ path: `${relative(process.cwd(), here)}:DIR/bin:/bin` });
    });
    assert.match(text, /executable plug not found\ncannot run executable found relative to/);
    assert.is(await token({ path: ':.:DIR/bin:/bin' }), 'good');
  });

  test('prints kubectl’s help and the escaped installHint for a missing plugin', async () => {
    const missing = { command: 'DIR/nope', installHint: 'brew install\nhint: nope\u001b[31m' };
    const text = await failure({ config: missing });
    assert.match(text, /^error: getting credentials: exec: executable \S+\/nope not found\n/);
    assert.match(text, /credential plugin that is not installed\./);
    assert.match(
      text,
      /#client-go-credential-plugins\n\n {2}brew install\n {2}hint: nope\\x1b\[31m\n$/,
    );
  });

  const unfit: readonly [title: string, options: Run, expected: RegExp][] = [
    ['a folder', { config: { command: 'DIR/bin' } }, /exec: \S+\/bin: is a directory/],
    [
      'a file that is not executable',
      { config: { command: 'DIR/a.txt' }, files: { 'a.txt': '' } },
      /exec: \S+\/a\.txt: permission denied/,
    ],
    [
      'a script without its interpreter',
      { files: { 'bin/plug': '#!/nonexistent/interpreter\n' } },
      /exec: plug: no such file or directory: the interpreter in its first line/,
    ],
    [
      'a variable with NUL',
      { config: { env: [{ name: 'A', value: 'secret\0' }] } },
      /exec: plug: the command, an argument or a variable contains NUL/,
    ],
    [
      'a plugin that fails',
      { script: 'echo secret; exit 3' },
      /exec: executable plug failed with exit code 3\n/,
    ],
    [
      'a plugin that is killed',
      { script: 'kill -9 $$' },
      /exec: executable plug was terminated by SIGKILL\n/,
    ],
    [
      'a plugin that prints endlessly',
      { script: 'yes secret' },
      /exec: executable plug printed more than 1048576 bytes/,
    ],
    [
      'a plugin that is too slow',
      { script: 'echo secret; exec sleep 60', world: { timeoutMs: 200 } },
      /exec: executable plug did not exit within 0.2s\nhint: /,
    ],
    [
      'a plugin that is too slow and ignores SIGTERM',
      { script: 'trap "" TERM; while :; do sleep 0.1; done', world: { timeoutMs: 200 } },
      /did not exit within 0.2s/,
    ],
    [
      'a plugin whose children keep its output open',
      { script: `sleep 60 & ${good}`, world: { timeoutMs: 300 } },
      /did not exit within 0.3s/,
    ],
    [
      'a plugin that the policy denies',
      { world: { policy: () => ({ type: 'DenyAll', allowlist: [], file: '/f' }) } },
      /^error: getting credentials: plugin "plug" not allowed: policy set to "DenyAll"\nset by credentialPluginPolicy in \/f\n$/,
    ],
  ];
  for (const [title, options, expected] of unfit)
    test(`rejects ${title}, and does not show its output`, async () => {
      const text = await failure(options);
      assert.match(text, expected);
      assert.not.match(text, 'secret');
    });

  test('does not start a denied plugin', async () => {
    const { stream, text } = collector();
    const policy = () => ({ type: 'DenyAll', allowlist: [], file: '/f' }) as const;
    await thrownBy(run({ script: 'echo started >&2', world: { policy, stderr: stream } }));
    assert.is(text(), '');
  });

  const interactive: readonly [mode: string, terminal: boolean, available: boolean, RegExp][] = [
    ['Never', true, true, /"interactive":false/],
    ['IfAvailable', true, true, /"interactive":true/],
    ['IfAvailable', false, true, /"interactive":false/],
    ['IfAvailable', true, false, /"interactive":false/],
    ['Always', true, true, /"interactive":true/],
    ['Always', false, true, /cannot support interactive mode: standard input is not a terminal/],
    ['Always', true, false, /cannot support interactive mode: standard input is unavailable/],
    // Only v1beta1 has a default.
    ['', true, true, /"interactive":true/],
  ];
  for (const [interactiveMode, stdinIsTerminal, stdinAvailable, expected] of interactive)
    test(`sets interactive for "${interactiveMode}" ${stdinIsTerminal ? 'with' : 'without'} a terminal, with stdin ${stdinAvailable ? 'free' : 'in use'}`, async () => {
      const apiVersion = interactiveMode === '' ? v1beta1 : v1;
      const script = `echo "$KUBERNETES_EXEC_INFO" >&2; ${good.replace(v1, apiVersion)}`;
      const world = { stdinIsTerminal, stdinAvailable };
      const outcome = refusal(async () => {
        const { stderr } = await run({ script, config: { interactiveMode, apiVersion }, world });
        throw new Failure(stderr);
      });
      assert.match(await outcome, expected);
    });

  for (const [mode, expected] of [
    ['Always', 'it read hello\n'],
    ['Never', 'it read \n'],
  ] as const)
    test(`passes standard error, and ${mode === 'Always' ? 'standard input' : 'an empty standard input'} with interactiveMode ${mode}`, () =>
      withFiles(
        { plug: `#!/bin/sh\nread line; echo "it read $line" >&2; ${good}` },
        async (here) => {
          chmodSync(join(here, 'plug'), 0o755);
          const command = JSON.stringify({
            ...config,
            command: join(here, 'plug'),
            interactiveMode: mode,
          });
          const program = `
          import { runExecPlugin } from ${JSON.stringify(import.meta.resolve('../../../src/kube/credential-plugin/plugin.ts'))};
          await runExecPlugin(${command}, undefined, {
            env: process.env, stdinIsTerminal: true, stdinAvailable: true, stderr: process.stderr,
            policy: () => ({ type: 'AllowAll' }),
          }, new AbortController().signal);`;
          const { stderr } = await runProcess(
            process.execPath,
            ['--input-type=module', '--eval', program],
            { stdin: 'hello\n' },
          );
          assert.is(stderr, expected);
        },
      ));

  test('ends the plugin and throws Interrupted on an interruption', async () => {
    const interruption = new AbortController();
    let pid = 0;
    const stderr = new Writable({
      write(chunk: Buffer, _encoding, done) {
        pid = Number(chunk.toString());
        interruption.abort();
        done();
      },
    });
    const script = 'echo $$ >&2; exec sleep 60';
    const ended = run({ script, signal: interruption.signal, world: { stderr } });
    assert.instance(await thrownBy(ended), Interrupted);
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });

  test('does not start the plugin after an interruption', async () => {
    const ended = run({ script: 'echo started >&2; exit 1', signal: AbortSignal.abort() });
    assert.instance(await thrownBy(ended), Interrupted);
  });
});

concurrentSuite('exec plugin: output', (test) => {
  const read = (text: string) => parseExecOutput(text, v1);
  const status = (text: string) => `{"apiVersion":"${v1}","status":${text}}`;
  const yaml = `apiVersion: ${v1}\nstatus:\n  token: good\n`;

  test('reads a bare date in YAML as text, and accepts a token with a space', () => {
    assert.is(read(yaml.replace('good', '2030-01-01')).token, '2030-01-01');
    assert.is(read(status('{"token":"a b"}')).token, 'a b');
  });

  const secret = 'c2VjcmV0LXRva2Vu';
  const refused: readonly [title: string, text: string, expected: RegExp][] = [
    ['empty output', ' \n', /decoding stdout of the exec plugin: output is empty/],
    [
      'text',
      `<html>${secret}`,
      /decoding stdout of the exec plugin: output: expected object, got string/,
    ],
    ['YAML in braces', `{apiVersion: ${v1}, status: {token: ${secret}}}`, /not valid JSON/],
    ['trailing garbage', `${status(`{"token":"${secret}"}`)}x`, /not valid JSON or YAML/],
    [
      'another version',
      yaml.replace(v1, v1beta1),
      /: exec plugin is configured to use API version client\.authentication\.k8s\.io\/v1, plugin returned version client\.authentication\.k8s\.io\/v1beta1\n/,
    ],
    [
      'output without a version',
      `{"status":{"token":"${secret}"}}`,
      /plugin returned no version\n/,
    ],
    ['a secret for a version', `apiVersion: ${secret}`, /plugin returned another version\n/],
    [
      'output without a status',
      `{"apiVersion":"${v1}"}`,
      /: exec plugin didn't return a status field\n/,
    ],
    ['a status of text', status(`"${secret}"`), /output\.status: expected object, got string/],
    ['an empty status', status('{}'), /: exec plugin didn't return a token or cert\/key pair\n/],
    [
      'a boolean as token',
      yaml.replace('good', 'yes'),
      /output\.status\.token: expected string, got boolean/,
    ],
    [
      'a token with a line break',
      status(`{"token":"${secret}\\n"}`),
      /not allowed in an HTTP header/,
    ],
    [
      'a certificate alone',
      status(`{"token":"t","clientCertificateData":"${secret}"}`),
      /: exec plugin returned only certificate or key, not both\n/,
    ],
    [
      'an invalid pair',
      status(`{"clientCertificateData":"${secret}","clientKeyData":"${secret}"}`),
      /failed parsing client key\/certificate of the exec plugin: certificate is not valid PEM/,
    ],
  ];
  for (const [title, text, expected] of refused)
    test(`rejects ${title}, and never shows the output`, async () => {
      const message = await refusal(() => read(text));
      assert.match(message, /^error: getting credentials: /);
      assert.match(message, expected);
      assert.not.match(message, secret);
    });

  const times: readonly [text: string, expected: number | undefined | 'invalid'][] = [
    ['null', undefined],
    ['"0001-01-01T00:00:00Z"', undefined],
    ['"2030-01-01T00:00:00Z"', 1893456000000],
    ['"2030-01-01T00:00:00.5Z"', 1893456000500],
    ['"2030-01-01T00:00:00,5Z"', 1893456000500],
    ['"2030-01-01T00:00:00.123456789+01:00"', 1893452400123],
    ['"2028-02-29T00:00:00Z"', 1835395200000],
    ...[
      ...'""|"2030-01-01"|"2030-01-01 00:00:00Z"|"2030-01-01T00:00:00"'.split('|'),
      ...'"2030-01-01t00:00:00z"|"2030-01-01T24:00:00Z"|"2030-01-01T00:00:60Z"'.split('|'),
      ...'"2030-02-30T00:00:00Z"|"2030-13-01T00:00:00Z"'.split('|'),
      '"2030-01-01T00:00:00+25:00"',
      '"tomorrow"',
      '1893456000',
    ].map((text): [string, 'invalid'] => [text, 'invalid']),
  ];
  for (const [text, expected] of times)
    test(`reads expirationTimestamp ${text} as ${expected ?? 'no expiry'}`, async () => {
      const answer = status(`{"token":"t","expirationTimestamp":${text}}`);
      if (expected === 'invalid')
        assert.match(
          await refusal(() => read(answer)),
          /expirationTimestamp(?: must be a time|: expected string)/,
        );
      else assert.is(read(answer).expires, expected);
    });

  test('reads a bare time in YAML', () =>
    assert.is(read(`${yaml}  expirationTimestamp: 2030-01-01T00:00:00Z`).expires, 1893456000000));

  test('accepts a certificate only with its own key', async () => {
    const authority = await createAuthority('ca');
    const pair = await authority.issue({ commonName: 'me', usage: 'client' });
    const other = await authority.issue({ commonName: 'other', usage: 'client' });
    const answer = (cert: string, key: string) =>
      JSON.stringify({
        apiVersion: v1,
        status: { clientCertificateData: cert, clientKeyData: key },
      });
    const chain = `# mine\n${pair.cert}\n${authority.cert}`;
    const expected = {
      token: undefined,
      clientCertificate: { cert: chain, key: pair.key },
      expires: undefined,
    };
    assert.equal(read(answer(chain, pair.key)), expected);
    assert.ok(read(answer(pair.cert, `not ENCRYPTED\n${pair.key}`)));
    const table = [
      [pair.cert, other.key, /private key does not match public key/],
      [pair.key, pair.cert, /PEM inputs may have been switched/],
      [pair.cert, 'x', /private key is not valid PEM/],
      [pair.cert, pair.cert, /private key is not valid PEM/],
      [
        pair.cert,
        '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----',
        /private key is encrypted/,
      ],
    ] as const;
    for (const [cert, key, problem] of table)
      assert.match(await refusal(() => read(answer(cert, key))), problem);
  });
});

concurrentSuite('exec plugin: credential', (test) => {
  test('has the certificate of the plugin; user and password in the server URL replace the token of the plugin', () => {
    const clientCertificate = { cert: 'c', key: 'k' };
    const printed = { token: 't', clientCertificate, expires: 5 };
    const user = { name: 'u', password: 'p' };
    const authorization = `Basic ${btoa('u:p')}`;
    assert.equal(fromPlugin(printed, user), {
      ...{ authorization, token: undefined, clientCertificate, expires: 5 },
    });
    assert.is(fromPlugin(printed, undefined).authorization, 'Bearer t');
  });
});

concurrentSuite('exec plugin: caching', (test) => {
  const credential = (expires?: number): ExpiringCredential => ({
    ...{ token: 't', authorization: 'Bearer t', clientCertificate: undefined, expires },
  });
  /** Returns the credentials of a plugin whose runs return `answers` in order. Each run ends in a later turn of the event loop. */
  function source(answers: readonly (ExpiringCredential | Error)[], now = () => 0) {
    let runs = 0;
    const err = collector();
    const credentials = pluginCredentials(
      async () => {
        const answer = answers[runs++] ?? assert.unreachable('one run too many');
        await new Promise((resolve) => setImmediate(resolve));
        if (answer instanceof Error) throw answer;
        return answer as ExpiringCredential;
      },
      err.stream,
      now,
    );
    return { credentials, runs: () => runs, stderr: err.text };
  }
  const failed = () => thrownBy(run({ script: 'exit 7' }));

  test('runs once for concurrent callers', async () => {
    const { credentials, runs } = source([credential()]);
    const [a, b] = await Promise.all([
      credentials.current(untouched),
      credentials.current(untouched),
    ]);
    assert.is(a, b);
    assert.is(await credentials.current(untouched), a);
    assert.is(runs(), 1);
  });

  test('runs again after the credential has expired, and not before', async () => {
    let now = 0;
    const [first, second] = [credential(10), credential(30)];
    const { credentials } = source([first, second], () => now);
    const at = async (time: number) => {
      now = time;
      return credentials.current(untouched);
    };
    assert.is(await at(0), first);
    assert.is(await at(10), first);
    assert.is(await at(11), second);
  });

  test('runs again after a failure', async () => {
    const { credentials } = source([await failed(), credential()]);
    assert.match(await refusal(() => credentials.current(untouched)), 'failed with exit code 7');
    assert.is((await credentials.current(untouched)).token, 't');
  });

  test('fails if a run fails after the credential has expired', async () => {
    let now = 0;
    const { credentials } = source([credential(10), await failed()], () => now);
    await credentials.current(untouched);
    now = 11;
    assert.match(await refusal(() => credentials.current(untouched)), 'failed with exit code 7');
  });

  test('runs once more after several 401s to one credential', async () => {
    const { credentials, runs } = source([credential(), credential()]);
    const used = await credentials.current(untouched);
    await Promise.all([
      credentials.rejected(used, untouched),
      credentials.rejected(used, untouched),
    ]);
    await credentials.rejected(used, untouched);
    assert.is.not(await credentials.current(untouched), used);
    assert.is(runs(), 2);
  });

  test('does not run again after a late 401 to a credential that has been replaced since', async () => {
    let now = 0;
    const { credentials, runs } = source([credential(10), credential()], () => now);
    const expired = await credentials.current(untouched);
    now = 11;
    const renewed = await credentials.current(untouched);
    await credentials.rejected(expired, untouched);
    assert.is(await credentials.current(untouched), renewed);
    assert.is(runs(), 2);
  });

  test('does not run again after a 401 to a renewed credential', async () => {
    const { credentials, runs } = source([credential(), credential()]);
    await credentials.rejected(await credentials.current(untouched), untouched);
    const renewed = await credentials.current(untouched);
    await credentials.rejected(renewed, untouched);
    assert.is(await credentials.current(untouched), renewed);
    assert.is(runs(), 2);
  });

  test('warns of a failure after a 401 and keeps the credential', async () => {
    const { credentials, stderr } = source([credential(), await failed()]);
    const used = await credentials.current(untouched);
    const [, concurrent] = await Promise.all([
      credentials.rejected(used, untouched),
      credentials.current(untouched),
    ]);
    assert.is(concurrent, used);
    assert.is(
      stderr(),
      'warning: after 401 Unauthorized: getting credentials: exec: executable plug failed with exit code 7\n',
    );
  });

  test('throws Interrupted if the run after a 401 is interrupted', async () => {
    const { credentials } = source([credential(), new Interrupted()]);
    const used = await credentials.current(untouched);
    assert.instance(await thrownBy(credentials.rejected(used, untouched)), Interrupted);
  });
});
