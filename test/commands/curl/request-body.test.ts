import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { readRequestBody } from '../../../src/commands/curl/print-responses.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { runProcess } from '../../kit/tool.ts';
import { withListener } from '../../sandbox/listen.ts';

const files = { lines: 'a=1\r\nb=2\n', '-': 'dash', empty: '', 'with nul': 'x\0y' };
const stdin = 'from\nstdin\n';

const table: readonly (readonly [title: string, given: readonly string[], body: string])[] = [
  ['the unchanged text', ['a\nb'], 'a\nb'],
  ['empty', [''], ''],
  ['the content of a file without its line ends', ['@lines'], 'a=1b=2'],
  ['the text of standard input without its line ends', ['@-'], 'fromstdin'],
  ['the content of a file with the name -', ['@./-'], 'dash'],
  ['joined from several values', ['a=1', '@lines', 'b'], 'a=1&a=1b=2&b'],
  ['joined with an empty last value', ['a', '@empty'], 'a&'],
];

const read = (given: readonly string[], cwd: string) =>
  readRequestBody(given, {
    cwd,
    stdin: Readable.from([stdin]),
    signal: new AbortController().signal,
  });

suite('the body of a request', (test) => {
  for (const [title, given, body] of table)
    test(`is ${title}`, () =>
      withFiles(files, async (cwd) => assert.is((await read(given, cwd)).toString(), body)));

  test('omits NUL bytes of a file, as curl 8 does', () =>
    withFiles(files, async (cwd) => assert.is((await read(['@with nul'], cwd)).toString(), 'xy')));

  test('can contain standard input only once', async () => {
    const error = await read(['@-', '@-'], '/').catch((thrown) => thrown);
    assert.match(error.message, /@- is given twice$/);
  });

  if (spawnSync('curl', ['--version']).status !== 0)
    test.skip('is the same as the body that curl sends', 'there is no curl');
  else
    test('is the same as the body that curl sends', () =>
      withFiles(files, async (cwd) => {
        const bodies: string[] = [];
        const server = createServer((request, response) => {
          void request.toArray().then((chunks) => {
            bodies.push(Buffer.concat(chunks).toString());
            response.end();
          });
        });
        await withListener(server, async (port) => {
          for (const [, given] of table) {
            const args = given.flatMap((value) => ['--data', value]);
            await runProcess('curl', ['-s', ...args, `http://127.0.0.1:${port}/`], { cwd, stdin });
          }
        });
        assert.equal(
          bodies,
          table.map(([, , body]) => body),
        );
      }));
});
