import * as assert from 'uvu/assert';
import { formatHostPort, kubeletAddress, parseHostPort } from '../../src/kubelet/address.ts';
import { suite } from '../kit/suite.ts';

const node = (addresses: readonly (readonly [string, string])[], port?: number) => ({
  metadata: { name: 'n' },
  status: {
    addresses: addresses.map(([type, address]) => ({ type, address })),
    ...(port === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: port } } }),
  },
});

suite('kubelet addresses', (test) => {
  test('have the first preferred type, whatever the order of addresses in the Node object', () => {
    const found = kubeletAddress(
      node(
        [
          ['Hostname', 'n'],
          ['ExternalIP', '1.2.3.4'],
          ['InternalIP', '10.0.0.1'],
          ['InternalIP', 'fd00::1'],
        ],
        10255,
      ),
    );
    assert.equal(found, { host: '10.0.0.1', port: 10255, type: 'InternalIP' });
  });

  test('are undefined without an address of a preferred type', () => {
    assert.is(kubeletAddress(node([])), undefined);
    assert.is(kubeletAddress({ metadata: { name: 'n' } }), undefined);
    assert.is(kubeletAddress(node([['Hostname', 'n']]), ['InternalIP']), undefined);
  });

  test('have port 10250 if the Node object has port 0 or no port; a given port overrides the Node object', () => {
    assert.is(kubeletAddress(node([['InternalIP', 'a']], 0))?.port, 10250);
    assert.is(kubeletAddress(node([['InternalIP', 'a']]))?.port, 10250);
    assert.is(kubeletAddress(node([['InternalIP', 'a']], 1), ['InternalIP'], 2)?.port, 2);
  });

  for (const [text, expected] of [
    ['10.0.0.1', '10.0.0.1:10250'],
    ['10.0.0.1:1', '10.0.0.1:1'],
    ['node-1.example:10250', 'node-1.example:10250'],
    ['[fd00::1]:7', '[fd00::1]:7'],
    ['[fd00::1]', '[fd00::1]:10250'],
    ['fd00::1', '[fd00::1]:10250'],
    ['2001:db8:1:2:3:4:5:6', '[2001:db8:1:2:3:4:5:6]:10250'],
    ['fe80::1%eth0', '[fe80::1%eth0]:10250'],
    ['::::', undefined],
    ['a?', undefined],
    ['https://a', undefined],
    ['a:b', undefined],
    ['a:70000', undefined],
    ['', undefined],
    ['a/b', undefined],
  ] as const)
    test(`--kubelet-address ${text || '(empty)'} ${expected ? `means ${expected}` : 'is invalid'}`, () => {
      const read = parseHostPort(text);
      assert.is(read && formatHostPort(read), expected);
    });
});
