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
    test('are listed without a type, with what else they are called, and without a cluster', async () => {
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

    test('have names of which no two are the same, and no other view', () => {
      const words = types.flatMap((type) => type.words);
      assert.is(new Set(words).size, words.length);
      for (const type of types)
        for (const word of type.words)
          assert.is(findType<(typeof types)[number]>(types, word), type);
    });

    test('are in help', async () => {
      const { stdout } = await runTool([command, '--help'], { env: needsNothing });
      assert.match(stdout, /Without\s+TYPE,\s+list\s+the\s+types/);
    });
  });

suite('a type', (test) => {
  for (const [args, message, hint] of [
    [
      ['top', 'podz'],
      'top prints nodes, pods, containers or volumes, not "podz"',
      'did you mean: kubectl kubeletaccess top pods',
    ],
    [
      ['top', 'PODZ', '-A'],
      'top prints nodes, pods, containers or volumes, not "PODZ"',
      'did you mean: kubectl kubeletaccess top pods',
    ],
    [
      ['get', 'confgz'],
      'get prints pods, runningpods, configz, healthz, statusz or flagz, not "confgz"',
      'did you mean: kubectl kubeletaccess get configz',
    ],
    [
      ['diff', 'nodes'],
      'diff prints configz, flagz, pods or runningpods, not "nodes"',
      'did you mean: kubectl kubeletaccess diff pods',
    ],
    [
      ['diff', 'settings'],
      'diff prints configz, flagz, pods or runningpods, not "settings"',
      'did you mean: kubectl kubeletaccess diff configz',
    ],
    [
      ['get', 'volume'],
      'get prints pods, runningpods, configz, healthz, statusz or flagz, not "volume"',
      'did you mean: kubectl kubeletaccess top volumes',
    ],
    [
      ['top', 'metrics'],
      'top prints nodes, pods, containers or volumes, not "metrics"',
      'did you mean: kubectl kubeletaccess metrics',
    ],
    [
      ['get', 'deployments'],
      'get prints pods, runningpods, configz, healthz, statusz or flagz, not "deployments"',
      'kubectl kubeletaccess get --help',
    ],
    [
      ['top', 'namespaces'],
      'top prints nodes, pods, containers or volumes, not "namespaces"',
      'did you mean: kubectl kubeletaccess top pods -A --by namespace',
    ],
    [
      ['top', ''],
      'top prints nodes, pods, containers or volumes, not ""',
      'kubectl kubeletaccess top --help',
    ],
  ] as const)
    test(`that there is not is told with those that there are: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runTool(args, { env: needsNothing });
      assert.equal([code, stdout, stderr], [2, '', `error: ${message}\nhint: ${hint}\n`]);
    });

  for (const args of [
    ['top', '-n', 'shop'],
    ['get', '-A'],
    ['diff', '--kubelet-port', '1'],
  ])
    test(`is missing where an option would have no effect: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runTool(args, { env: needsNothing });
      assert.equal([code, stdout], [2, '']);
      assert.match(stderr, /^error: missing TYPE: .* or \w+\n/);
    });

  test('may be in the singular, short, and in capitals, as for kubectl', () =>
    withKubelets([{}], async (tool, asked) => {
      for (const [command, word, path] of [
        ['top', 'node', '/stats/summary'],
        ['top', 'no', '/stats/summary'],
        ['top', 'pod', '/stats/summary'],
        ['top', 'po', '/stats/summary'],
        ['top', 'Pods', '/stats/summary'],
        ['top', 'container', '/stats/summary'],
        ['top', 'vol', '/stats/summary'],
        ['get', 'po', '/pods'],
        ['get', 'running', '/runningpods/'],
        ['get', 'config', '/configz'],
        ['get', 'health', '/healthz?verbose'],
        ['get', 'version', '/statusz'],
        ['get', 'flags', '/flagz'],
      ] as const) {
        const before = asked().length;
        await tool([command, word]);
        assert.is(asked()[before], `GET ${path}`, word);
      }
    }));
});
