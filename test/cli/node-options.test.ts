import * as assert from 'uvu/assert';
import { type NodeOptions, type Path, parseTargets } from '../../src/cli/node-options.ts';
import { UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

const given = (options: Partial<NodeOptions>): NodeOptions => ({
  ...{ node: [], nodeSelector: '', all: false, role: '', address: [], shard: '' },
  ...options,
});

const parse = (
  { via = 'direct', ...options }: Partial<NodeOptions> & { readonly via?: Path },
  names: readonly string[] = [],
  port?: number,
) => parseTargets(given(options), names, { via, types: ['InternalIP'], port });

const nodes = (chosen: object) => ({ kind: 'nodes', names: [], selector: '', role: '', ...chosen });

suite('the kubelets that a command calls', (test) => {
  for (const [title, options, targets, isFleet] of [
    ['one node', { node: ['a'] }, { kind: 'node', name: 'a' }, false],
    ['several nodes', { node: ['a,b', 'c'] }, nodes({ names: ['a', 'b', 'c'] }), true],
    ['all nodes', { all: true }, nodes({}), true],
    ['nodes by label', { nodeSelector: 'a=b' }, nodes({ selector: 'a=b' }), true],
    [
      'nodes by label among those named',
      { node: ['a'], nodeSelector: 'x' },
      nodes({ names: ['a'], selector: 'x' }),
      true,
    ],
    ['nodes by role', { role: 'control-plane' }, nodes({ role: 'control-plane' }), true],
    ['a part of all nodes', { all: true, shard: '2/3' }, nodes({}), true],
    ['one node, if it is in a part', { node: ['a'], shard: '2/3' }, nodes({ names: ['a'] }), true],
    [
      'an address',
      { address: ['10.0.0.1'] },
      { kind: 'addresses', addresses: [{ host: '10.0.0.1', port: 10250 }] },
      false,
    ],
    [
      'several addresses',
      { address: ['10.0.0.1', '[::1]:2'] },
      {
        kind: 'addresses',
        addresses: [
          { host: '10.0.0.1', port: 10250 },
          { host: '::1', port: 2 },
        ],
      },
      true,
    ],
  ] as const)
    test(`are ${title}`, () => {
      const request = parse(options);
      assert.equal([request?.targets, request?.isFleet], [targets, isFleet]);
    });

  test('are the same as arguments, as NODE, node/NODE, and in lists', () => {
    for (const names of [['a', 'b'], ['a,b'], ['node/a', 'no/b'], ['nodes/a,node/b']])
      for (const half of [[], names]) {
        const request = parse({ node: half.length > 0 ? [] : names }, half);
        assert.equal(request?.targets, nodes({ names: ['a', 'b'] }));
      }
    assert.equal(parse({ node: ['a'] }, ['b'])?.targets, nodes({ names: ['a', 'b'] }));
    assert.equal(parse({}, ['node/a'])?.targets, { kind: 'node', name: 'a' });
  });

  test('are none without an option that chooses', () => assert.is(parse({}), undefined));

  test('have the port of --kubelet-port, unless an address has its own', () =>
    assert.equal(parse({ address: ['a', 'b:2'] }, [], 1)?.targets, {
      kind: 'addresses',
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    }));

  for (const [options, message] of [
    [{ node: ['a'], address: ['b'] }, '--address and --node cannot be used together'],
    [{ all: true, node: ['a'] }, '--all and --node cannot be used together'],
    [{ all: true, nodeSelector: 'a=b' }, '--all and --selector cannot be used together'],
    [{ all: true, role: 'worker' }, '--all and --role cannot be used together'],
    [{ shard: '1/2' }, '--shard needs a choice of nodes: add --all'],
    [{ node: ['a,'] }, 'invalid --node value "": must be the name of a node'],
    [{ node: ['a:10250'] }, 'invalid --node value "a:10250": must be the name of a node'],
    [{ role: 'a=b' }, 'invalid --role value "a=b": must be a role such as control-plane'],
    [{ all: true, shard: '2' }, 'invalid --shard value "2": must be I/N, such as 1/3'],
    [
      { all: true, shard: '0/2' },
      'invalid --shard value "0": must be a whole number of at least 1',
    ],
    [{ all: true, shard: '3/2' }, 'invalid --shard value "3": must be a whole number of at most 2'],
    [
      { address: ['b'], via: 'apiserver' },
      '--address and --via apiserver cannot be used together: the API server takes node names',
    ],
    [
      { address: ['b'], via: 'auto' },
      '--address and --via auto cannot be used together: the API server takes node names',
    ],
    [{ address: ['https://u:secret@b'] }, 'invalid --address value: must be HOST or HOST:PORT'],
  ] as const)
    test(`cannot be chosen so: ${message}`, () =>
      assert.throws(
        () => parse(options),
        (error: unknown) => error instanceof UsageFailure && error.message === message,
      ));
});
