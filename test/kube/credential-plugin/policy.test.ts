import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Failure, formatError, orFailure } from '../../../src/errors.ts';
import { loadPluginPolicy, parsePluginPolicy } from '../../../src/kube/credential-plugin/kuberc.ts';
import { lookPath } from '../../../src/kube/credential-plugin/look-path.ts';
import { checkPluginPolicy } from '../../../src/kube/credential-plugin/plugin-policy.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { collector } from '../../kit/tool.ts';

const kuberc = (fields: string, version = 'v1beta1') =>
  `apiVersion: kubectl.config.k8s.io/${version}\nkind: Preference\n${fields}\n`;
const policy = (name: string) => kuberc(`credentialPluginPolicy: ${name}`);
const denyAll = policy('DenyAll');
const allowlist = (entries: string) =>
  kuberc(`credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: ${entries}`);

function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run());
  } catch (error) {
    return formatError(error, false).text;
  }
}

/** Loads the policy; returns its type or the error, and the warning. */
function load(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ result: string; warning: string }> {
  return withFiles(files, async (cwd) => {
    const stderr = collector();
    const { signal } = new AbortController();
    const sources = { env: { HOME: join(cwd, 'home'), ...env }, cwd, signal };
    const policy = await orFailure(loadPluginPolicy(sources, stderr.stream));
    const typeOf = () => {
      if (policy instanceof Failure) throw policy;
      return policy.type;
    };
    return { result: outcome(typeOf), warning: stderr.text() };
  });
}

suite('plugin policy: finding the kuberc', (test) => {
  const home = 'home/.kube/kuberc';
  const rc = { KUBERC: 'rc' };
  const table: readonly [
    title: string,
    files: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
    expected: RegExp,
  ][] = [
    ['allows all plugins if there is no kuberc', {}, {}, /^"AllowAll"$/],
    ['reads ~/.kube/kuberc', { [home]: denyAll }, {}, /^"DenyAll"$/],
    ['resolves $KUBERC relative to the working directory', { rc: denyAll }, rc, /^"DenyAll"$/],
    [
      'reads no file if KUBECTL_KUBERC is false',
      { [home]: denyAll },
      { KUBECTL_KUBERC: 'FALSE' },
      /^"AllowAll"$/,
    ],
    ['rejects a missing $KUBERC', {}, rc, /^error: unable to read kuberc \S+\/rc: no such/],
    [
      'rejects an invalid $KUBERC',
      { rc: 'a: [' },
      rc,
      /^error: kuberc \S+\/rc: no valid preferences found\nhint: credential plugins do not run/,
    ],
    [
      'rejects a folder in place of a kuberc',
      { [`${home}/x`]: '' },
      {},
      /unable to read kuberc .* directory/,
    ],
    [
      'rejects an invalid kuberc that mentions plugins, unlike kubectl',
      { [home]: `${denyAll}: [` },
      {},
      /^error: kuberc \S+: no valid preferences found\n/,
    ],
    [
      'rejects a kuberc in UTF-16',
      { [home]: `\ufeff${denyAll}`.replaceAll(/./gs, '$&\0') },
      {},
      /no valid preferences found/,
    ],
  ];
  for (const [title, files, env, expected] of table)
    test(title, async () => {
      const { result, warning } = await load(files, env);
      assert.match(result, expected);
      assert.is(warning, '');
    });

  test('ignores an invalid kuberc that does not mention plugins, with a warning, as kubectl does', async () => {
    for (const text of ['aliases: [', 'apiVersion: v1\nkind: Config']) {
      const { result, warning } = await load({ [home]: text });
      assert.is(result, '"AllowAll"');
      assert.match(warning, /^warning: ignoring kuberc \S+kuberc: no valid preferences found\n$/);
    }
  });
});

suite('plugin policy: reading a kuberc', (test) => {
  const misconfigured = 'misconfigured credential plugin allowlist';
  const table: readonly [title: string, text: string, expected: string][] = [
    ['a null policy', policy('null\ncredentialPluginAllowlist: null'), '"type":"AllowAll"'],
    [
      'Allowlist with command or the older name',
      allowlist('[{command: a}, {name: /b/c}, {name: d, command: d}]'),
      '"type":"Allowlist","allowlist":["a","/b/c","d"]',
    ],
    ['an unknown policy', policy('Deny'), 'unknown plugin policy: "Deny"'],
    [
      'a policy of a wrong type',
      policy('5'),
      'credentialPluginPolicy: expected string, got number',
    ],
    [
      'a list without Allowlist',
      policy('DenyAll\ncredentialPluginAllowlist: []'),
      `${misconfigured}: plugin policy is "DenyAll" but allowlist is non-nil`,
    ],
    [
      'Allowlist without a list',
      policy('Allowlist'),
      'credential plugin policy set to "Allowlist", but allowlist is unspecified',
    ],
    [
      'an empty list',
      allowlist('[]'),
      'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead',
    ],
    [
      'an empty entry',
      allowlist('[{command: a}, {}]'),
      `${misconfigured}: empty allowlist entry #2`,
    ],
    ['a bare entry', allowlist('[a]'), 'credentialPluginAllowlist[0]: expected object, got string'],
    [
      'a number',
      allowlist('[{command: 5}]'),
      'credentialPluginAllowlist[0].command: expected string, got number',
    ],
    [
      'two names that differ',
      allowlist('[{command: a, name: b}]'),
      `${misconfigured}: entry #1 has different name and command: name is deprecated`,
    ],
    [
      'an unknown criterion',
      allowlist('[{command: a, digest: x}]'),
      `${misconfigured}: entry #1 has an unknown field "digest"`,
    ],
    ['an unclean path', allowlist('[{command: ./a}]'), 'non-normalized file path: "./a" vs "a"'],
    [
      'a slash at the end',
      allowlist('[{command: /a/}]'),
      'non-normalized file path: "/a/" vs "/a"',
    ],
    [
      'a misspelled field',
      kuberc('credentialPluginPolcy: DenyAll'),
      'unknown field "credentialPluginPolcy"',
    ],
    [
      'a field of a later version',
      kuberc('credentialPluginPolicy: DenyAll', 'v1alpha1'),
      'unknown field "credentialPluginPolicy"',
    ],
  ];
  for (const [title, text, expected] of table)
    test(`${expected.includes('AllowAll') || expected.includes('"type"') ? 'reads' : 'rejects'} ${title}`, () => {
      const result = outcome(() => parsePluginPolicy(text, '/f'));
      assert.ok(result.includes(expected), result);
      assert.is(
        result.startsWith('{'),
        expected.includes('AllowAll') || expected.includes('"type"'),
      );
    });
});

suite('plugin policy: check of a command', (test) => {
  /** Checks a command with the files bin/a, bin/b and other/a, of which only bin is on PATH. */
  const check = (allowed: readonly string[], command: string) =>
    withFiles({ 'bin/a': '', 'other/a': '', 'bin/b': '' }, (directory) => {
      for (const name of ['bin/a', 'other/a', 'bin/b']) chmodSync(join(directory, name), 0o755);
      const put = (text: string) => text.replace('DIR', directory);
      const env = { PATH: join(directory, 'bin') };
      const policy = { type: 'Allowlist', allowlist: allowed.map(put), file: '/f' } as const;
      return outcome(() => {
        checkPluginPolicy(policy, put(command), lookPath(put(command), env), env);
        return 'runs';
      }).replaceAll(directory, 'DIR');
    });
  const table: readonly [allowed: readonly string[], command: string, expected: RegExp][] = [
    [['a'], 'a', /^"runs"$/],
    [['DIR/bin/a'], 'a', /^"runs"$/],
    [['a'], 'DIR/bin/a', /^"runs"$/],
    [['DIR/other/a'], 'DIR/other/a', /^"runs"$/],
    // The list allows the command name. The error about the missing file comes later, when the plugin runs.
    [['nope'], 'nope', /^"runs"$/],
    [
      ['a'],
      'DIR/other/a',
      /^error: getting credentials: plugin path "DIR\/other\/a" is not permitted by the credential plugin allowlist\nhint: /,
    ],
    [
      ['DIR/other/a'],
      'a',
      /"DIR\/bin\/a" is not permitted .*\nhint: .* in \/f: - command: DIR\/bin\/a\n/,
    ],
    [['b', 'bin/a'], 'a', /is not permitted/],
    [
      ['a'],
      'nope',
      /plugin path "nope" cannot be resolved for credential plugin allowlist check: executable file not found in \$PATH\n/,
    ],
    [['a'], 'DIR/nope', /cannot be resolved for credential plugin allowlist check: no such file/],
  ];
  for (const [allowed, command, expected] of table)
    test(`${expected.source === '^"runs"$' ? 'allows' : 'denies'} the command ${command} if the list has ${allowed.join(' and ')}`, async () =>
      assert.match(await check(allowed, command), expected));

  test('does not search PATH with AllowAll or DenyAll', () => {
    const missing = lookPath('/nope', {});
    const types = ['AllowAll', 'DenyAll'] as const;
    const [allow, deny] = types.map((type) =>
      outcome(() => checkPluginPolicy({ type, allowlist: [], file: '/f' }, '/nope', missing, {})),
    );
    assert.is(allow, undefined);
    assert.match(
      `${deny}`,
      /plugin "\/nope" not allowed: policy set to "DenyAll"\nset by .* in \/f\n/,
    );
  });
});
