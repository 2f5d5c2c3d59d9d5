import * as assert from 'uvu/assert';
import { diffTypes } from '../../../../src/commands/diff/types.ts';
import { getTypes } from '../../../../src/commands/get/types.ts';
import { findType } from '../../../../src/commands/shared/rows/row-types.ts';
import { topTypes } from '../../../../src/commands/top/types.ts';
import { suite } from '../../../kit/suite.ts';
import { runTool } from '../../../kit/tool.ts';
import { cellsOf, withKubelets } from './kubelets.ts';

const commands = { top: topTypes, get: getTypes, diff: diffTypes } as const;

const needsNothing = { KUBECONFIG: '/nowhere/kubeconfig' };

for (const [command, types] of Object.entries(commands))
  suite(`the types of ${command}`, (test) => {
    test('are listed with their other names if no type is given, even without a cluster', async () => {
      const { code, stdout, stderr } = await runTool([command], { env: needsNothing });
      assert.equal(
        [code, stderr],
        [0, `hint: kubectl kubeletaccess ${command} ${types[0]?.words[0]}\n`],
      );
      const [heads, ...rows] = cellsOf(stdout);
      assert.equal(heads, ['TYPE', 'SHORT NAMES', 'PRINTS']);
      assert.equal(
        rows,
        types.map(({ words: [word, ...others], prints }) => [word, others.join(', '), prints]),
      );
    });

    test('have unique names, and each name finds its type', () => {
      const words = types.flatMap((type) => type.words);
      assert.is(new Set(words).size, words.length);
      for (const type of types)
        for (const word of type.words)
          assert.is(findType<(typeof types)[number]>(types, word), type);
    });
  });

suite('a type', (test) => {
  test('may be singular, short, or in capitals, as in kubectl', () =>
    withKubelets([{}], async (tool, asked) => {
      for (const [command, word, path] of [
        ['top', 'no', '/stats/summary'],
        ['top', 'Pods', '/stats/summary'],
        ['top', 'vol', '/stats/summary'],
        ['get', 'running', '/runningpods/'],
        ['get', 'config', '/configz'],
        ['get', 'health', '/healthz?verbose'],
        ['get', 'version', '/statusz'],
      ] as const) {
        const before = asked().length;
        await tool([command, word]);
        assert.is(asked()[before], `GET ${path}`, word);
      }
    }));
});
