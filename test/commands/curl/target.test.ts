import * as assert from 'uvu/assert';
import { parseTarget, type TargetOptions } from '../../../src/commands/curl/target.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { suite } from '../../kit/suite.ts';

const given = (options: Partial<TargetOptions>): TargetOptions => ({
  via: 'direct',
  node: '',
  address: '',
  types: ['InternalIP'],
  port: undefined,
  ...options,
});

suite('the kubelet that curl calls', (test) => {
  for (const [title, options, expected] of [
    [
      'a node, directly',
      { node: 'a', port: 1 },
      { via: 'node', node: 'a', types: ['InternalIP'], port: 1 },
    ],
    [
      'a node, through the API server',
      { node: 'a', via: 'apiserver' },
      { via: 'apiserver', node: 'a' },
    ],
    ['an address', { address: '10.0.0.1' }, { via: 'address', host: '10.0.0.1', port: 10250 }],
    [
      'an address and --kubelet-port',
      { address: '10.0.0.1', port: 1 },
      { via: 'address', host: '10.0.0.1', port: 1 },
    ],
    [
      'an address with a port of its own',
      { address: '[::1]:2', port: 1 },
      { via: 'address', host: '::1', port: 2 },
    ],
  ] as const)
    test(`is ${title}`, () => assert.equal(parseTarget(given(options)), expected));

  for (const [title, options, message] of [
    ['none', {}, 'missing kubelet: use --node NAME or --address HOST'],
    ['two', { node: 'a', address: 'b' }, '--node and --address cannot be used together'],
    [
      'an address through the API server',
      { address: 'b', via: 'apiserver' },
      '--address and --via apiserver cannot be used together: the API server takes node names',
    ],
    [
      'an address that is not one',
      { address: 'https://u:secret@b' },
      'invalid --address value: must be HOST or HOST:PORT',
    ],
    [
      'by an unknown path',
      { node: 'a', via: 'ssh' },
      'invalid --via value "ssh": must be "direct" or "apiserver"',
    ],
  ] as const)
    test(`is not ${title}`, () =>
      assert.throws(
        () => parseTarget(given(options)),
        (error: unknown) => error instanceof UsageFailure && error.message === message,
      ));
});
