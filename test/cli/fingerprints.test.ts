import * as assert from 'uvu/assert';
import { parsePins } from '../../src/cli/fingerprints.ts';
import { UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const plain = '1f'.repeat(32);
const fingerprint = Array(32).fill('1F').join(':');
const where = 'given with --kubelet-fingerprint';

/** Options as they were given: name and value in turn. */
const given = (...words: readonly string[]) =>
  words.flatMap((name, index) =>
    index % 2 === 0 ? [{ option: { name } as never, value: words[index + 1] }] : [],
  );

suite('--kubelet-fingerprint', (test) => {
  for (const target of [['--node', 'node-1'], ['--address', '10.0.0.1'], []])
    test(`is for the kubelet that ${target[0] ?? 'an argument'} names`, () =>
      assert.equal(
        parsePins([`sha256:${plain}`], given(...target), target.length === 0 || undefined),
        [{ kubelet: undefined, fingerprint, where }],
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
    test(`is for the one kubelet of: ${args.join(' ')}`, () =>
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

  for (const targets of [
    [],
    ['--selector', 'a=b'],
    ['--node', 'node-1,node-2'],
    ['--node', 'node-1', '--node', 'node-2'],
    ['--node', 'node-1', '--address', '10.0.0.1'],
  ])
    test(`is an error for: ${targets.join(' ') || 'all nodes'}`, () =>
      assert.throws(
        () => parsePins([plain], given(...targets), false),
        (error: unknown) =>
          error instanceof UsageFailure &&
          error.message ===
            '--kubelet-fingerprint without NODE= is for one kubelet, named by --node or --address',
      ));

  test('is for any number of nodes with their names, and for addresses', () =>
    assert.equal(
      parsePins(
        [`node-1=sha256:${plain}`, `10.0.0.1:10250=${fingerprint}`, `[::1]:10250=${plain}`],
        given(),
        false,
      ),
      ['node-1', '10.0.0.1:10250', '[::1]:10250'].map((kubelet) => ({
        kubelet,
        fingerprint,
        where,
      })),
    ));

  for (const [values, words] of [
    [
      [plain, plain],
      /^--kubelet-fingerprint can be given once for each kubelet: use NODE=SHA256:…$/,
    ],
    [[`a=${plain}`, `b=${plain}`, `a=${fingerprint}`], /each kubelet, and is given twice for a$/],
    [[plain, `a=${plain}`], /without NODE= is for one kubelet/],
    [
      ['node-1'],
      /^invalid --kubelet-fingerprint value "node-1": must be \[NODE=\]SHA256: and 64 hex/,
    ],
    [[`=${plain}`], /^invalid/],
    [[`node 1=${plain}`], /^invalid/],
    [[''], /^invalid/],
  ] as const)
    test(`is an error: ${values.map((value) => value.slice(0, 12)).join(' ')}`, () =>
      assert.throws(
        () => parsePins(values, given('--node', 'node-1'), false),
        (error: unknown) => error instanceof UsageFailure && words.test(error.message),
      ));
});
