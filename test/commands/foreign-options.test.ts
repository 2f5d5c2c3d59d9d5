import * as assert from 'uvu/assert';
import { globalOptionList } from '../../src/cli/global-options.ts';
import type { OptionSpec } from '../../src/cli/option.ts';
import { sameFlag } from '../../src/cli/usage.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';

/** Returns the words of an option, with a value if it takes one. */
const typed = ({ name, kind }: OptionSpec) =>
  kind === 'flag' || kind === 'optional' ? [name] : [name, '1'];

/** Options that every command accepts, as kubectl does. */
const takenEverywhere = globalOptionList.filter(
  ({ group, name }) => group !== 'Kubelet Connection' && name !== '--namespace',
);

const definitions = await catalog.all();

suite('options of other commands', (test) => {
  for (const { name, options } of definitions)
    test(`are rejected by ${name}, with their names and the commands that have them`, async () => {
      const own = new Set(options.map((option) => option.name));
      const foreign = definitions
        .flatMap((other) => other.options)
        .filter((option) => !own.has(option.name));
      for (const option of new Map(foreign.map((each) => [each.name, each])).values()) {
        const { code, stdout, stderr } = await runTool([name, ...typed(option)]);
        assert.equal([code, stdout], [2, ''], `${name} ${option.name}: ${stderr}`);
        const owner = definitions.find((each) => each.options.some((o) => o.name === option.name));
        const same = sameFlag(option.name, options);
        const words = same
          ? `did you mean ${same}\\?\n`
          : `it is an option of (?:.*\\b${owner?.name}\\b|.* others\n)`;
        assert.match(stderr, new RegExp(`^error: unknown flag: ${option.name}; ${words}`));
      }
    });
});

suite('global options', (test) => {
  for (const { name, uses } of definitions)
    test(`are rejected by their names if ${name} does not use them`, async () => {
      for (const option of globalOptionList) {
        if (takenEverywhere.includes(option)) continue;
        const use = option.name === '--namespace' ? 'namespace' : 'kubelets';
        if (uses.includes(use)) continue;
        const { code, stderr } = await runTool([name, ...typed(option)]);
        assert.is(code, 2, option.name);
        assert.match(stderr, `error: ${option.name} cannot be used with ${name}, which `);
      }
    });

  test('are accepted by every command if they are about connections', async () => {
    for (const { name } of definitions)
      for (const option of takenEverywhere) {
        const { stderr } = await runTool([name, ...typed(option), '--help']);
        assert.is(stderr, '', `${name} ${option.name}`);
      }
  });
});
