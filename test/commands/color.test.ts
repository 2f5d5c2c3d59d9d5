import * as assert from 'uvu/assert';
import { atEnd, suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const sandbox = await startSandbox({ minor: 37, nodes: ['none'] });
atEnd(() => sandbox.stop());

const env = { KUBECONFIG: sandbox.kubeconfigs.admin };

/** Returns the output of a command on a terminal with this number of bits of color. */
const print = async (args: readonly string[], colorDepth: number) =>
  (await runTool(args, { env, colorDepth })).stdout;

suite('--color', (test) => {
  for (const command of ['status', 'audit'] as const) {
    const isColored = async (args: readonly string[], depth: number) =>
      (await print([command, ...args], depth)).includes('\x1b[');

    test(`${command}: colors by default only on a terminal with colors`, async () => {
      assert.equal([await isColored([], 24), await isColored([], 1)], [true, false]);
      assert.is(await isColored(['--color', 'auto'], 4), true);
    });

    test(`${command}: obeys --color=always and --color=never on any terminal`, async () => {
      assert.is(await isColored(['--color=always'], 1), true);
      assert.is(await isColored(['--color=never'], 24), false);
    });

    test(`${command}: prints no colors in -o json`, async () => {
      const text = await print([command, '--color=always', '-o', 'json'], 24);
      assert.not.match(text, /\x1b/);
      JSON.parse(text);
    });
  }
});
