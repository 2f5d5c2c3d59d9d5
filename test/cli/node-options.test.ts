import * as assert from 'uvu/assert';
import { type NodeOptions, type Path, parseFleetChoice } from '../../src/cli/node-options.ts';
import { suite } from '../kit/suite.ts';

const given = (options: Partial<NodeOptions>): NodeOptions => ({
  ...{ node: [], nodeSelector: '', role: '', kubeletAddress: [], shard: '' },
  ...options,
});

const parse = (
  { via = 'direct', ...options }: Partial<NodeOptions> & { readonly via?: Path },
  names: readonly string[] = [],
  port?: number,
) => parseFleetChoice(given(options), names, { via, types: ['InternalIP'], port });

const nodes = (chosen: object) => ({ kind: 'nodes', names: [], selector: '', role: '', ...chosen });

const addresses = (...all: readonly (readonly [host: string, port: number])[]) => ({
  kind: 'addresses',
  addresses: all.map(([host, port]) => ({ host, port })),
});

suite('the kubelets that a command calls', (test) => {
  for (const [title, options, targets, isFleet] of [
    ['one node', { node: ['a'] }, { kind: 'node', name: 'a' }, false],
    ['several nodes', { node: ['a,b', 'c'] }, nodes({ names: ['a', 'b', 'c'] }), true],
    ['all nodes', {}, nodes({}), true],
    ['nodes by label', { nodeSelector: 'a=b' }, nodes({ selector: 'a=b' }), true],
    [
      'named nodes that have a label',
      { node: ['a'], nodeSelector: 'x' },
      nodes({ names: ['a'], selector: 'x' }),
      true,
    ],
    ['nodes by role', { role: 'control-plane' }, nodes({ role: 'control-plane' }), true],
    ['a shard of all nodes', { shard: '2/3' }, nodes({}), true],
    [
      'one node, if it is in the shard',
      { node: ['a'], shard: '2/3' },
      nodes({ names: ['a'] }),
      true,
    ],
    ['an address', { kubeletAddress: ['10.0.0.1'] }, addresses(['10.0.0.1', 10250]), false],
    [
      'several addresses',
      { kubeletAddress: ['10.0.0.1', '[::1]:2'] },
      addresses(['10.0.0.1', 10250], ['::1', 2]),
      true,
    ],
  ] as const)
    test(`are ${title}`, () => {
      const request = parse(options);
      assert.equal([request.kubelets, request.isFleet], [targets, isFleet]);
    });

  test('are the same for arguments and --node, for NODE and node/NODE, and for lists', () => {
    for (const names of [['a', 'b'], ['a,b'], ['node/a', 'no/b'], ['nodes/a,node/b']])
      for (const half of [[], names]) {
        const request = parse({ node: half.length > 0 ? [] : names }, half);
        assert.equal(request.kubelets, nodes({ names: ['a', 'b'] }));
      }
    assert.equal(parse({ node: ['a'] }, ['b']).kubelets, nodes({ names: ['a', 'b'] }));
    assert.equal(parse({}, ['node/a']).kubelets, { kind: 'node', name: 'a' });
  });

  test('have the port of --kubelet-port, unless an address has its own', () =>
    assert.equal(
      parse({ kubeletAddress: ['a', 'b:2'] }, [], 1).kubelets,
      addresses(['a', 1], ['b', 2]),
    ));
});
