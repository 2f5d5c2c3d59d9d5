import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

suite('curl: a denial that names another user than the caller', (test) => {
  for (const words of [
    ['curl', '/stats/summary', '--node', 'node-1', '--via', 'direct'],
    ['curl', '/stats/summary', '--all', '-o', 'json', '--via', 'direct'],
    ['top', 'nodes', '--via', 'direct'],
    ['curl', '/stats/summary', '--node', 'node-1', '--via', 'apiserver'],
  ])
    test(`leads to no suggested command for the other user: ${words.join(' ')}`, () =>
      withSandbox({ nodes: ['thief'] }, async (_, tool) => {
        const { code, stdout, stderr } = await tool(words);
        assert.ok(code > 0, stdout);
        assert.match(stdout + stderr, 'jane');
        assert.not.match(stdout + stderr, /kubectl [^"\n]*jane/);
        assert.not.match(stdout + stderr, /for user \\?"jane\\?"\n/);
      }));

  test('leads to no suggested command if nobody but the kubelet says who the caller is', () =>
    withSandbox({ nodes: ['thief'] }, async (_, tool) => {
      const words = ['curl', '/stats/summary', '--node', 'node-1', '--via', 'direct'];
      const { stderr } = await tool([...words, '--show-token'], 'token');
      assert.match(stderr, 'user "jane", who by its own words called it directly');
      assert.match(stderr, '\nhint: kubectl auth whoami\n');
      assert.not.match(stderr, /kubectl [^"\n]*jane/);
    }));

  test('leads to an error that names both users', () =>
    withSandbox({ nodes: ['thief'] }, async (_, tool) => {
      const { stderr } = await tool(['curl', '/pods', '--node', 'node-1', '--via', 'direct']);
      assert.match(
        stderr,
        /denied get on nodes\/\w+.* to user "jane", but your credential names user "admin": it maps you to that name, or it lies/,
      );
      assert.match(stderr, '\nhint: kubectl auth whoami\n');
    }));
});
