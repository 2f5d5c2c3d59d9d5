import * as assert from 'uvu/assert';
import { formatServer, parseServer } from '../../../src/kube/transport/server-address.ts';
import { suite } from '../../kit/suite.ts';

suite('a server in messages', (test) => {
  for (const [text, shown] of [
    ['https://u:SECRET@h:6443/k8s', 'https://h:6443/k8s'],
    ['https://u/SECRET@h', 'https://u/REDACTED@h'],
    ['https://h/a/SECRET@b/SECRET@c', 'https://h/REDACTED@c'],
    ['https://h/k8s/clusters/c-1', 'https://h/k8s/clusters/c-1'],
  ] as const)
    test(`has no password: ${text}`, () => assert.is(formatServer(parseServer(text)), shown));
});
