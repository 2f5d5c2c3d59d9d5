import * as assert from 'uvu/assert';
import { compareNames } from '../../../src/kube/transport/certificate-names.ts';
import { suite } from '../../kit/suite.ts';

suite('the comparison of certificate names with node names', (test) => {
  for (const [title, subjectAltName, names, expected] of [
    ['all', 'DNS:node-1, IP Address:10.0.0.1', ['10.0.0.1', 'node-1'], ['10.0.0.1,node-1', '', '']],
    ['none', '', ['10.0.0.1'], ['', '10.0.0.1', '']],
    [
      'some, and others',
      'DNS:node-1, DNS:old, IP Address:10.9.9.9',
      ['10.0.0.1', 'node-1'],
      ['node-1', '10.0.0.1', 'old,10.9.9.9'],
    ],
    [
      'an IPv6 address in another form',
      'IP Address:FD00:0:0:0:0:0:0:1',
      ['fd00::1', 'fd00::2'],
      ['fd00::1', 'fd00::2', ''],
    ],
    [
      'an IPv6 address that is not of the node',
      'IP Address:FD00:0:0:0:0:0:0:1',
      [],
      ['', '', 'fd00::1'],
    ],
    [
      'an IPv4 address within IPv6',
      'IP Address:0:0:0:0:0:FFFF:A00:1',
      ['10.0.0.1'],
      ['10.0.0.1', '', ''],
    ],
    ['upper case', 'DNS:NODE-1.Example', ['node-1.example'], ['node-1.example', '', '']],
    ['upper case of the node', 'DNS:win-1', ['WIN-1'], ['WIN-1', '', '']],
    [
      'a wildcard',
      'DNS:*.internal',
      ['a.internal', 'b.a.internal'],
      ['a.internal', 'b.a.internal', ''],
    ],
    ['an address in a DNS name', 'DNS:10.0.0.1', ['10.0.0.1'], ['', '10.0.0.1', '10.0.0.1']],
    [
      'names of other kinds',
      'URI:spiffe://a/b, email:a@b',
      ['node-1'],
      ['', 'node-1', 'URI:spiffe://a/b,email:a@b'],
    ],
    // Node.js quotes a name that contains a comma.
    [
      'a name that looks like two',
      'DNS:"x, DNS:node-1"',
      ['node-1'],
      ['', 'node-1', '"x, DNS:node-1"'],
    ],
  ] as const)
    test(title, () => {
      const { covered, missing, others } = compareNames(subjectAltName, names);
      assert.equal(
        [covered, missing, others].map((each) => each.join()),
        expected,
      );
    });
});
