import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../src/cli/argv.ts';
import { checkRules, describeRules } from '../../src/cli/option-rules.ts';
import { UsageFailure } from '../../src/errors.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';

async function rulesOf(words: string): Promise<string> {
  const line = await parseCommandLine(words.split(' '), catalog);
  try {
    checkRules(line, await catalog.define(line.command));
    return 'ok';
  } catch (error) {
    if (error instanceof UsageFailure) return error.message;
    throw error;
  }
}

suite('rules of options', (test) => {
  const cases: readonly (readonly [words: string, message: string])[] = [
    ['logs web -f', 'ok'],
    ['logs web -f -p', '--follow and --previous cannot be used together'],
    ['logs -f -p=false web', 'ok'],
    ['logs web -l a=b', '--selector and POD cannot be used together'],
    ['logs web --selector=', 'ok'],
    ['curl /pods --as-serviceaccount a/b --kubelet-token-file=', 'ok'],
    ['narrow --undo', '--undo requires ROLE'],
    ['narrow --undo reader', 'ok'],
    ['narrow reader --dry-run', '--dry-run requires --apply or --undo'],
    ['narrow reader --dry-run=none', 'ok'],
    ['narrow reader --wait=false', 'ok'],
    ['narrow reader --undo --dry-run=server', 'ok'],
    ['metrics --by pod', 'ok'],
    ['top nodes -o json -o yaml', 'ok'],
    ['grant --subject user:a --subject user:a', 'ok'],
    [
      'revoke --subject user:a --subject user:b',
      '--subject takes one value: run the command once for each',
    ],
    ['metrics --by pod -o prometheus', '--by and --output prometheus cannot be used together'],
    [
      'certificates --ca-bundle f -k',
      '--ca-bundle and --kubelet-insecure-skip-tls-verify cannot be used together: a bundle is of what verifies kubelets',
    ],
    [
      'top nodes --kubelet-address a --kubelet-preferred-address-types ExternalIP',
      '--kubelet-preferred-address-types and --kubelet-address cannot be used together',
    ],
  ];
  for (const [words, message] of cases)
    test(`${words}: ${message}`, async () => {
      assert.is(await rulesOf(words), message);
    });

  test('are in help, without options that the command does not have', async () => {
    const sentence = async (name: string, option: string) => {
      const definition = await catalog.define(name);
      const found = definition.options.find((each) => each.name === option);
      return describeRules(found ?? {}, definition);
    };
    assert.is(await sentence('narrow', '--calls'), ' Not with --agent or --evidence.');
    assert.is(await sentence('exec', '--tty'), ' Requires --stdin.');
    assert.is(await sentence('status', '--role'), '');
  });

  test('name options and arguments that some command has', async () => {
    const definitions = await catalog.all();
    const known = new Set([
      ...definitions.flatMap(({ options }) => options.map(({ name }) => name)),
      ...definitions.flatMap(({ positionals }) => positionals.usage.split(/[[\]. ]+/)),
      ...(await import('../../src/cli/global-options.ts')).globalOptionList.map(({ name }) => name),
    ]);
    for (const { options } of definitions)
      for (const { name, not = [], needs = [] } of options)
        for (const word of [
          ...not.map((each) => (typeof each === 'string' ? each : each.with)),
          ...needs,
        ])
          assert.ok(known.has(word.split('=')[0] ?? ''), `${name}: ${word}`);
  });
});
