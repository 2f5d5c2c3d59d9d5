import * as assert from 'uvu/assert';
import { type Script, type Scripted, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { concurrentSuite } from '../../../kit/suite.ts';
import { withFiles } from '../../../kit/temporary.ts';
import { showTool } from '../../../kit/tool.ts';

const after =
  (ms: number, text: string): Script =>
  (_, response) =>
    void setTimeout(() => response.end(text), ms);

const refused: Script = (_, response) => void response.writeHead(404).end('no\n');

/** Returns the text on a screen that shows standard output and standard error. */
async function shown({ sandbox }: Scripted, args: readonly string[]): Promise<string> {
  const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
  return (await showTool(args, { env, onTerminal: true })).text;
}

/** Returns the lines that are visible at the end: text after CR overwrites earlier text. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) =>
    line
      .split('\r')
      .reduce((seen, part) => part + seen.slice(part.length), '')
      .trimEnd(),
  );
}

const calling = 'calling kubelets: ';
const erased = `\r${' '.repeat(`${calling}0/2 nodes`.length)}\r`;

/** Checks that progress was shown, and erased before the first byte of `output`. */
function checkErased(text: string, output: string, lines: readonly string[]): void {
  assert.ok(text.startsWith(`\r${calling}0/2 nodes`), JSON.stringify(text));
  const at = text.indexOf(output);
  assert.ok(text.slice(0, at).endsWith(erased), JSON.stringify(text));
  assert.not.match(text.slice(at), calling);
  assert.equal(linesOf(text), [...lines, '']);
}

const json = (number: number, body: string) =>
  new RegExp(`"node":"node-${number}".*"body":"${body}"`);

concurrentSuite('the progress of a request to several nodes', (test) => {
  for (const slow of [1, 2]) {
    const scripts = [1, 2].map((number) => after(number === slow ? 400 : 0, `of ${number}\n`));
    const fast = 3 - slow;
    test(`is erased before the first line of a body, and not shown again (slow node-${slow})`, () =>
      withScriptedKubelets(scripts, async (scripted) => {
        for (const args of [
          ['curl', '/x', '--all'],
          ['node-logs', '--path', 'syslog'],
        ])
          checkErased(await shown(scripted, args), `node-${fast} of ${fast}\n`, [
            `node-${fast} of ${fast}`,
            `node-${slow} of ${slow}`,
            '2 of 2 nodes answered',
          ]);
      }));

    test(`is erased before the first line of ndjson (slow node-${slow})`, () =>
      withScriptedKubelets(scripts, async (scripted) => {
        const text = await shown(scripted, ['curl', '/x', '--all', '-o', 'ndjson']);
        const lines = linesOf(text);
        checkErased(text, `{"node":"node-${fast}"`, lines.slice(0, -1));
        assert.match(lines[0] ?? '', json(fast, `of ${fast}\\\\n`));
        assert.match(lines[1] ?? '', json(slow, `of ${slow}\\\\n`));
        assert.equal(lines.slice(2), ['2 of 2 nodes answered', '']);
      }));

    test(`is erased before the list of json (slow node-${slow})`, () =>
      withScriptedKubelets(scripts, async (scripted) => {
        const text = await shown(scripted, ['curl', '/x', '--all', '-o', 'json']);
        checkErased(text, '{"apiVersion"', linesOf(text).slice(0, -1));
        const [list = ''] = text.slice(text.indexOf('{')).split('2 of 2 nodes answered\n');
        const { items } = JSON.parse(list) as { items: readonly { body: string }[] };
        assert.equal(
          items.map(({ body }) => body),
          ['of 1\n', 'of 2\n'],
        );
        // The response of node-2 waits for node-1, so the progress is still shown.
        if (slow === 1) assert.match(text, `${calling}1/2 nodes`);
      }));
  }

  test('is shown until all journals are there, and erased before they are printed', () =>
    withScriptedKubelets(
      [after(400, 'Mar 04 05:00:01.000000 h u: a\n'), after(0, 'Mar 04 05:00:00.000000 h u: b\n')],
      async (scripted) => {
        const text = await shown(scripted, ['node-logs', '-u', 'u']);
        assert.match(text, `${calling}1/2 nodes`);
        checkErased(text, 'node-2 Mar', [
          'node-2 Mar 04 05:00:00.000000 h u: b',
          'node-1 Mar 04 05:00:01.000000 h u: a',
          '2 of 2 nodes answered',
        ]);
      },
    ));

  test('is erased before failures are printed, with and without output', async () => {
    await withScriptedKubelets([refused, after(300, 'ok\n')], async (scripted) => {
      const text = await shown(scripted, ['curl', '/x', '--all']);
      checkErased(text, 'node-2 ok\n', linesOf(text).slice(0, -1));
      assert.match(linesOf(text)[1] ?? '', /^error: the kubelet of node-1 at /);
    });
    await withScriptedKubelets([refused, refused], async (scripted) => {
      for (const format of [[], ['-o', 'json'], ['-o', 'ndjson']]) {
        const text = await shown(scripted, ['curl', '/x', '--all', ...format]);
        checkErased(text, format.length > 0 ? '{' : 'error:', linesOf(text).slice(0, -1));
      }
    });
  });

  test('is erased before timings, also if bodies are written to files', () =>
    withScriptedKubelets([after(0, 'a\n'), after(400, 'b\n')], (scripted) =>
      withFiles({}, async (folder) => {
        const args = ['curl', '/x', '--all', '--output-dir', folder];
        const timed = await shown(scripted, [...args, '--timing']);
        checkErased(timed, 'node-1: dns', linesOf(timed).slice(0, -1));
        const [first, second, ...more] = linesOf(timed);
        assert.match(`${first}\n${second}`, /^node-1: dns .*\nnode-2: dns .*ms$/);
        const wrote = `wrote 2 files to ${folder}: node-1.txt, node-2.txt`;
        assert.equal(more, [wrote, '2 of 2 nodes answered', '']);
        // Without timings, progress stays until the end.
        const quiet = await shown(scripted, args);
        assert.match(quiet, `${calling}1/2 nodes`);
        assert.equal(linesOf(quiet), [wrote, '2 of 2 nodes answered', '']);
      }),
    ));

  test('is not shown without a terminal', () =>
    withScriptedKubelets([after(0, 'a\n'), after(0, 'b\n')], async ({ tool }) => {
      const { stderr } = await tool(['curl', '/x', '--all']);
      assert.is(stderr, '2 of 2 nodes answered\n');
    }));
});
