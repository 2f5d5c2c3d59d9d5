import * as assert from 'uvu/assert';
import { globalOptionList } from '../../src/cli/global-options.ts';
import { catalog } from '../../src/run.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { nowhere } from '../kit/temporary.ts';
import { runTool } from '../kit/tool.ts';

const all = await catalog.all();
const options = [...all.flatMap((command) => command.options), ...globalOptionList];

/** Options with a number or a time, each with a command line in which only this value is invalid. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  '--parallel': ['status'],
  '--expires-within': ['audit'],
  '--timeout': ['status'],
  '--watch': ['status'],
  '--rate': ['metrics'],
  '--wait': ['grant'],
  '--for': ['grant', '--subject', 'user:a', '--profile', 'stats'],
  '--limit': ['top', 'nodes'],
  '--since': ['logs', 'web'],
  '--until': ['node-logs', 'node-1', '-u', 'kubelet'],
  '--retry': ['curl', '/a', '--node', 'a'],
  '--shard': ['top', 'nodes'],
  '--kubelet-port': ['status'],
  '--request-timeout': ['status'],
  '-v': ['version'],
};

suite('numbers in a command line', (test) => {
  const wrong = fc.oneof(
    fc.constantFrom('99999999999999999999', '1e3', '0x10', '-1', '1.5.5', ' 1', '1_000', 'NaN'),
    fc.constantFrom('Infinity', '１', '9'.repeat(400), `${'1'.repeat(300)}x`, '--', '+', '.'),
    fc.string({ minLength: 1 }).filter((text) => !/\d/.test(text)),
  );
  for (const [name, args] of Object.entries(numbers))
    test(`are within bounds, or lead to a usage error: ${name}`, () =>
      fc.assert(
        fc.asyncProperty(wrong, async (value) => {
          const { code, stderr } = await runTool([...args, `${name}=${value}`], {
            env: { KUBECONFIG: `${nowhere}/a` },
          });
          // There is no kubeconfig, so a command with an accepted value fails at the API server.
          assert.ok([0, 1, 2].includes(code), `${value}: ${code} ${stderr}`);
          assert.not.match(stderr, /bug in|\n +at |TimeoutOverflow|RangeError/);
          if (code === 2) assert.match(stderr, /^error: (?:invalid )?--?[a-z-]+ (?:value|must)/);
          if (value.length < 30 && !/^\d/.test(value)) assert.is(code, 2, `${value}: ${stderr}`);
        }),
        runs(200, 4000),
      ));
});

suite('secrets in a command line', (test) => {
  const secret = fc.stringMatching(/^[a-z0-9-]{8,20}$/).map((text) => `s3cret${text}`);
  const letters = fc.stringMatching(/^[a-z]{8,20}$/).map((text) => `zq${text}`);
  const takesUrl = (name: string) =>
    options.some((option) => option.name === name && option.secret === 'url');
  const secretNames = options.flatMap(({ name, secret: kind }) => (kind ? [name] : []));
  /** Returns a name in which one letter is omitted, doubled or swapped with the next. */
  const mistyped = (name: string, at: number, how: number) => {
    const index = 2 + (at % (name.length - 2));
    const [a = '', b = ''] = name.slice(index);
    const middle = [``, a + a, b + a][how % 3] ?? '';
    return name.slice(0, index) + middle + name.slice(index + (how % 3 === 2 ? 2 : 1));
  };
  const words: readonly ((name: string, value: string) => readonly string[])[] = [
    (name, value) => [`${name}=${value}`],
    (name, value) => [`${name}${value}`],
    (name, value) => [`${name}:${value}`],
    (name, value) => [name.slice(1), value],
    (name, value) => [`${name}=https://u:${value}@h`],
    (name, value) => [`${name}=htps://u:${value}@h:x`],
    (name, value) => [`${name}=https//u:${value}@h`],
    (name, value) => [`${name}https://u:${value}@h`],
    (name, value) => [name, `https:/u:${value}@h`],
    (_, value) => ['-s', `https://u:${value}@`],
    (_, value) => [`-shttps://u:${value}@a b`],
    (_, value) => ['--kubeconfig', `https://u:${value}@h/x`],
    (_, value) => ['--context', `https://u:${value}@h/x`],
    (_, value) => ['--proxy-url', `u:${value}@h`],
    (_, value) => ['--kubelet-address', `https://u:${value}@h`],
    (_, value) => [`https://u:${value}@h:10250/pods`],
    (_, value) => ['--via', `https://u:${value}@h`],
    (_, value) => ['--node', `https://u:${value}@h`],
  ];

  test('are not printed, however the flag or the URL is mistyped', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(secret, letters),
        fc.constantFrom(...secretNames),
        fc.constantFrom(...words),
        fc.nat(20),
        fc.nat(3),
        fc.constantFrom('status', 'curl', 'grant', 'audit', ''),
        fc.boolean(),
        async (value, name, form, at, how, command, isBefore) => {
          const flag = how === 3 ? name : mistyped(name, at, how);
          // A correctly spelled URL without a password is only the name of a host, which may be printed.
          fc.pre(!(flag === name && form === words[0] && takesUrl(name)));
          const given = form(flag, value);
          const argv = isBefore ? [...given, command] : [command, ...given];
          const { stdout, stderr } = await runTool(argv.filter(Boolean), {
            env: { KUBECONFIG: `${nowhere}/a` },
          });
          assert.not.ok(`${stdout}${stderr}`.includes(value), `${argv.join(' ')}\n${stderr}`);
          assert.not.match(stderr, /bug in/);
        },
      ),
      runs(3000),
    ));
});

suite('flags without their values', (test) => {
  for (const { name, kind } of options)
    if (kind === 'text' || kind === 'list')
      test(`lead to an error that names the flag, even without a command: ${name}`, async () => {
        for (const argv of [[name], ['--help=false', name].slice(1)]) {
          const { code, stderr } = await runTool(argv);
          assert.is(code, 2);
          assert.match(stderr, `error: flag needs an argument: ${name}\nhint: `);
        }
      });
});

suite('subjects in a command line', (test) => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    'serviceaccount:ns:name': [
      ...['sa:ns:name', 'SA:ns:name', 'ServiceAccount:ns:name', 'service-account:ns:name'],
      ...['service_account:ns:name', 'serviceaccounts:ns:name', 'serviceacount:ns:name'],
      ...['svcacct:ns:name', 'serviceAccount:ns:name'],
    ],
    'user:x:y': ['User:x:y', 'USER:x:y', 'users:x:y', 'usr:x:y', 'uesr:x:y', 'u:x:y'],
    'group:x:y': ['Group:x:y', 'groups:x:y', 'grp:x:y', 'gruop:x:y', 'g:x:y'],
    'user:oidc:jane or --subject group:oidc:jane': ['oidc:jane'],
    'user:system:masters or --subject group:system:masters': ['system:masters'],
    'user:https://issuer/#jane': ['https://issuer/#jane'],
  };
  const commands = [['grant', '--profile', 'stats'], ['revoke'], ['status']];
  for (const [right, texts] of Object.entries(kinds))
    test(`lead to an error that suggests ${right} if their kind is unknown`, async () => {
      for (const text of texts)
        for (const command of commands) {
          const { code, stderr } = await runTool([...command, '--subject', text]);
          assert.is(code, 2, text);
          assert.match(stderr, `invalid --subject value "${text}"`);
          const shown = right.includes('#') ? "'user:https://issuer/#jane'" : right;
          assert.ok(stderr.includes(`hint: did you mean: --subject ${shown}`), stderr);
        }
    });

  test('are never taken as users if they have a prefix that is not a kind', () =>
    fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,15}$/),
        fc.stringMatching(/^[a-z0-9:]{1,20}$/),
        async (prefix, name) => {
          fc.pre(!['user', 'group', 'serviceaccount'].includes(prefix));
          const { code } = await runTool(['status', '--subject', `${prefix}:${name}`]);
          assert.is(code, 2);
        },
      ),
      runs(500),
    ));
});
