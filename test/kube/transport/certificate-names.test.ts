import * as assert from 'uvu/assert';
import { compareNames, lastCommonName } from '../../../src/kube/transport/certificate-names.ts';
import { suite } from '../../kit/suite.ts';

suite('the comparison of certificate names with node names', (test) => {
  for (const [title, subjectAltName, names, expected] of [
    [
      'covers all names of a node',
      'DNS:node-1, IP Address:10.0.0.1',
      ['10.0.0.1', 'node-1'],
      ['10.0.0.1,node-1', '', ''],
    ],
    [
      'reports a missing name if the certificate has no names',
      '',
      ['10.0.0.1'],
      ['', '10.0.0.1', ''],
    ],
    [
      'reports missing names and names that the node does not have',
      'DNS:node-1, DNS:old, IP Address:10.9.9.9',
      ['10.0.0.1', 'node-1'],
      ['node-1', '10.0.0.1', 'old,10.9.9.9'],
    ],
    [
      'covers an IPv6 address in another form',
      'IP Address:FD00:0:0:0:0:0:0:1',
      ['fd00::1', 'fd00::2'],
      ['fd00::1', 'fd00::2', ''],
    ],
    [
      'reports an IPv6 address that the node does not have',
      'IP Address:FD00:0:0:0:0:0:0:1',
      [],
      ['', '', 'fd00::1'],
    ],
    [
      'covers an IPv4 address that is written as IPv6',
      'IP Address:0:0:0:0:0:FFFF:A00:1',
      ['10.0.0.1'],
      ['10.0.0.1', '', ''],
    ],
    [
      'ignores upper case in the certificate',
      'DNS:NODE-1.Example',
      ['node-1.example'],
      ['node-1.example', '', ''],
    ],
    ['ignores upper case in the name of the node', 'DNS:win-1', ['WIN-1'], ['WIN-1', '', '']],
    [
      'covers names with one more label by a wildcard',
      'DNS:*.internal',
      ['a.internal', 'b.a.internal'],
      ['a.internal', 'b.a.internal', ''],
    ],
    [
      'does not cover an address by a DNS name',
      'DNS:10.0.0.1',
      ['10.0.0.1'],
      ['', '10.0.0.1', '10.0.0.1'],
    ],
    [
      'reports names of other kinds, such as URIs',
      'URI:spiffe://a/b, email:a@b',
      ['node-1'],
      ['', 'node-1', 'URI:spiffe://a/b,email:a@b'],
    ],
    // Node.js quotes a name that contains a comma.
    [
      'does not split a name that contains a comma',
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

suite('the common name of a certificate', (test) => {
  // crypto/x509 of Go 1.26 reads these names from the same subjects, in the form in which OpenSSL prints them.
  for (const [subject, name] of [
    ['O=system:nodes\nCN=system:node:n', 'system:node:n'],
    ['CN=first\nCN=last', 'last'],
    ['CN=a + CN=b', 'b'],
    ['CN=a \\+ CN=b', 'a \\+ CN=b'],
    ['O=kubernetes', undefined],
  ] as const)
    test(`is ${name} of ${JSON.stringify(subject)}`, () =>
      assert.is(lastCommonName(subject), name));
});
