import * as assert from 'uvu/assert';
import { networkBytes } from '../../../src/commands/top/usage.ts';
import type { NetworkStats } from '../../../src/kubelet/bodies/stats-summary.ts';
import { suite } from '../../kit/suite.ts';

const named = (name: string, rxBytes: number, txBytes: number) => ({ name, rxBytes, txBytes });

const eth0 = named('eth0', 1, 2);
/** Network cards, and interfaces that count the same bytes again: bridges, tunnels and interfaces of pods. */
const interfaces = [
  ...[named('ens5', 1, 10), named('enp0s31f6', 2, 20), named('eth1', 4, 40)],
  ...[named('cni0', 500, 500), named('flannel.1', 500, 500), named('eni1a2b3c4d5e6', 500, 500)],
  ...[named('tunl0', 500, 500), named('docker0', 500, 500), named('bond0', 500, 500)],
];

const cases: readonly (readonly [
  string,
  NetworkStats | undefined,
  received?: number,
  sent?: number,
])[] = [
  ['counted on the default interface', { ...eth0, interfaces: [named('eth1', 5, 5), eth0] }, 1, 2],
  ['summed over all cards if there is no default interface', { interfaces }, 7, 70],
  [
    'counted on the only interface, whatever its name',
    { interfaces: [named('Ethernet 2', 1, 2)] },
    1,
    2,
  ],
  ['unknown without a network', undefined],
  ['unknown without figures', {}],
  ['unknown without interfaces', { interfaces: [] }],
  ['unknown for an interface without figures', { interfaces: [{ name: 'eth1' }] }],
];

suite('bytes of a network', (test) => {
  for (const [what, network, received, sent] of cases)
    test(`are ${what}`, () => {
      assert.is(networkBytes(network, 'rxBytes'), received);
      assert.is(networkBytes(network, 'txBytes'), sent);
    });
});
