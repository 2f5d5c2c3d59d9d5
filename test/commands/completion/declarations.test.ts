import * as assert from 'uvu/assert';
import { globalOptionList } from '../../../src/cli/global-options.ts';
import { catalog } from '../../../src/run.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';

const commands = await catalog.all();

/** Required arguments of commands. Without them, a command fails before it parses its options. */
const needed: Readonly<Record<string, readonly string[]>> = {
  ...{ top: ['containers'], get: ['pods'], diff: ['configz'], curl: ['healthz', '--all'] },
  ...{
    check: ['metrics-server'],
    logs: ['web'],
    'node-logs': ['node-1'],
    endpoints: ['node-1'],
    completion: ['install'],
  },
  ...{ exec: ['web'], attach: ['web'], 'port-forward': ['web', '80'] },
};

suite('declarations of options', (test) => {
  test('complete every value that their description lists', async () => {
    for (const { name: command, options } of commands)
      for (const { name, description, completes } of options) {
        const [, list] =
          /(?:One of|Output format|access to check|Permissions to grant|profile only|shell loads): ([\w, =-]+)\./.exec(
            description,
          ) ?? [];
        if (list === undefined) continue;
        // A shell completes only the start of jsonpath=TEMPLATE.
        const words = list.split(', ').map((word) => word.replace(/=.*/, '='));
        assert.equal(completes, words, `${command} ${name}`);
      }
  });

  test('complete every path of a file or folder, and every name from the cluster', () => {
    const all = [...globalOptionList, ...commands.flatMap(({ options }) => options)];
    for (const { name, kind, description, completes } of all) {
      // Paths under /var/log are on the node, not on this machine.
      if (kind === 'flag' || completes !== undefined || /under \/var\/log/.test(description))
        continue;
      assert.not.match(description, /^Path to|^File|folder|^Node whose|[Ss]ubject to|@FILE/, name);
    }
  });

  test('complete only values that the command accepts', async () => {
    for (const { name: command, options } of commands)
      for (const { name, completes } of options) {
        // --watch is not tried, because the command would never end.
        if (!Array.isArray(completes) || name === '--watch') continue;
        for (const value of completes as readonly string[]) {
          // Of the tables, only that of images has sums of images.
          const before = value === 'image' ? ['images'] : (needed[command] ?? []);
          const words = [command, ...before, `${name}=${value}`];
          const { stderr } = await runTool(words);
          assert.not.match(stderr, /invalid \S+ value|^error: missing [A-Z]/, words.join(' '));
        }
      }
  });
});
