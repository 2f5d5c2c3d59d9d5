import * as assert from 'uvu/assert';
import { answer, echoed, runAgainst, withEcho } from '../kit/echo-server.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const forged = fc
  .tuple(
    fc.constantFrom('\n', '\r\n', '\r', '\u2028', '\u0085', '\u001b[2K\r', '\n\n'),
    fc.constantFrom('hint: ', 'error: ', 'warning: ', 'note: ', 'remedy: ', 'why: ', '* '),
  )
  .map(([end, prefix]) => `a${end}${prefix}forged \u202eb\u009b1m\u200b\u{e0041}\ud800`);
const bodies: readonly ((words: string) => string)[] = [
  (message) => JSON.stringify({ kind: 'Status', code: 403, reason: message, message }),
  (message) =>
    JSON.stringify({ kind: 'Status', message, details: { kind: message, name: message } }),
  (words) => words,
  (words) => `{"kind": "Status", "message": ${words}`,
  (name) => JSON.stringify({ kind: 'NodeList', items: [{ kind: 'Node', metadata: { name } }] }),
  (words) => JSON.stringify({ kind: words, apiVersion: words, items: [] }),
  (words) => `${words}${'x\n'.repeat(300_000)}`,
];
suite('text from a server', (test) => {
  test('never looks like text of the program, controls the terminal, or floods it', () =>
    withEcho((server) =>
      fc.assert(
        fc.asyncProperty(
          forged,
          fc.constantFrom(...bodies),
          fc.constantFrom(200, 400, 403, 404, 422),
          fc.constantFrom(...echoed),
          async (words, body, status, args) => {
            // The body of a successful response is printed unchanged.
            fc.pre(!(/^(?:curl|node-logs)$/.test(args[0] ?? '') && status === 200));
            answer.make = () => ({ status, body: body(words), location: 'https://a/' });
            const user = { token: 'token-of-the-caller' };
            const { code, stdout, stderr } = await runAgainst(server, user, args);
            const output = stdout + stderr;
            assert.ok(code < 70, stderr);
            assert.not.match(output.replaceAll(/[\n\t]/g, ''), invisible);
            assert.not.match(output, /^(?:hint|error|warning|note|remedy|why|\*):? ?forged/m);
            assert.not.match(output, /\[object |\bundefined\b/);
            assert.ok(output.length < 60_000, `${output.length}`);
          },
        ),
        runs(250, 20_000),
      ),
    ));
});
