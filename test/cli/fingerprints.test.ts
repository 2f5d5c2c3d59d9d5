import * as assert from 'uvu/assert';
import { parsePins } from '../../src/cli/fingerprints.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const plain = '1f'.repeat(32);
const fingerprint = Array(32).fill('1F').join(':');
const source = '--kubelet-fingerprint';

/** Returns parsed options from a list of names, each followed by its value. */
const given = (...words: readonly string[]) =>
  words.flatMap((name, index) =>
    index % 2 === 0 ? [{ option: { name } as never, value: words[index + 1] }] : [],
  );

suite('--kubelet-fingerprint', (test) => {
  for (const target of [['--node', 'node-1'], ['--kubelet-address', '10.0.0.1'], []])
    test(`applies without NODE= to the kubelet that ${target[0] ?? 'an argument'} names`, () =>
      assert.equal(
        parsePins([`sha256:${plain}`], given(...target), target.length === 0 || undefined),
        [{ kubelet: undefined, fingerprint, source }],
      ));

  for (const args of [
    ['logs', 'web'],
    ['logs', 'web', '--node', 'node-1'],
    ['exec', 'web', '--allow-exec', '--', 'echo', 'hi'],
    ['node-logs', 'node-1'],
    ['top', 'nodes', 'node-1'],
    ['get', 'configz', '--node', 'node-1'],
    ['curl', '/healthz', '--node', 'node-1'],
  ])
    test(`applies without NODE= to the only kubelet of: ${args.join(' ')}`, () =>
      withSandbox({ nodes: ['other-authority', 'other-authority'] }, async (_, tool) => {
        const { stdout } = await tool(['certificates', '--node', 'node-1', '-o', 'json']);
        const shown = `SHA256:${JSON.parse(stdout).items[0].fingerprint}`;
        const [command = '', ...more] = args;
        const pinned = (pin: string) => tool([command, '--kubelet-fingerprint', pin, ...more]);
        const trusted = await pinned(shown);
        assert.is(trusted.code, 0, trusted.stderr);
        const other = await pinned(`sha256:${plain}`);
        assert.match(other.stderr, 'shown, ');
        assert.is.not(other.code, 0);
      }));

  test('applies with NODE= to any number of nodes and addresses', () =>
    assert.equal(
      parsePins(
        [`node-1=sha256:${plain}`, `10.0.0.1:10250=${fingerprint}`, `[::1]:10250=${plain}`],
        given(),
        false,
      ),
      ['node-1', '10.0.0.1:10250', '[::1]:10250'].map((kubelet) => ({
        kubelet,
        fingerprint,
        source,
      })),
    ));
});
