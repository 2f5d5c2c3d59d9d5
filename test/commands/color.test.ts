import { PassThrough, Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { run } from '../../src/run.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { nowhere } from '../kit/temporary.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const sandbox = await startSandbox({ minor: 37, nodes: ['none'] });
atEnd(() => sandbox.stop());

/** Returns the output of a command on a terminal with this number of bits of color. */
async function print(args: readonly string[], colorDepth: number) {
  const chunks: string[] = [];
  const into = () =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });
  const stdin = new PassThrough();
  stdin.end();
  const code = await run(args, {
    env: { KUBECONFIG: sandbox.kubeconfigs.admin },
    stdin,
    stdout: into(),
    stderr: into(),
    colorDepth,
    cwd: nowhere,
    signal: new AbortController().signal,
  });
  return { code, text: chunks.join('') };
}

suite('--color', (test) => {
  for (const command of ['status', 'audit'] as const) {
    const isColored = async (args: readonly string[], depth: number) =>
      (await print([command, ...args], depth)).text.includes('\x1b[');

    test(`${command}: colors by default only on a terminal with colors`, async () => {
      assert.equal([await isColored([], 24), await isColored([], 1)], [true, false]);
      assert.is(await isColored(['--color', 'auto'], 4), true);
    });

    test(`${command}: obeys always and never on any terminal`, async () => {
      assert.is(await isColored(['--color=always'], 1), true);
      assert.is(await isColored(['--color=never'], 24), false);
    });

    test(`${command}: prints no colors in -o json`, async () => {
      const { text } = await print([command, '--color=always', '-o', 'json'], 24);
      assert.not.match(text, /\x1b/);
      JSON.parse(text);
    });
  }
});
