import * as assert from 'uvu/assert';
import { networkRow } from '../../../src/commands/top/network.ts';
import { suite } from '../../kit/suite.ts';

const named = (name: string, rxBytes: number, txBytes: number) => ({ name, rxBytes, txBytes });
const row = (received?: number, sent?: number) => ({
  networkReceivedBytes: received,
  networkSentBytes: sent,
  networkTime: undefined,
});

suite('bytes of a network', (test) => {
  test('are those of the default interface', () => {
    const eth0 = named('eth0', 1, 2);
    const network = { ...eth0, interfaces: [named('eth1', 5, 5), eth0] };
    assert.equal(networkRow(network), row(1, 2));
  });

  test('without it, are those of all cards: not of bridges, tunnels and the ends of pods', () => {
    const interfaces = [
      ...[named('ens5', 1, 10), named('enp0s31f6', 2, 20), named('eth1', 4, 40)],
      ...[named('cni0', 500, 500), named('flannel.1', 500, 500), named('eni1a2b3c4d5e6', 500, 500)],
      ...[named('tunl0', 500, 500), named('docker0', 500, 500), named('bond0', 500, 500)],
    ];
    assert.equal(networkRow({ interfaces }), row(7, 70));
  });

  test('are those of the only interface, whatever its name', () => {
    assert.equal(networkRow({ interfaces: [named('Ethernet 2', 1, 2)] }), row(1, 2));
  });

  test('have the time at which the kubelet measured them', () => {
    const time = '2026-01-01T00:00:00Z';
    assert.is(networkRow({ ...named('eth0', 1, 2), time }).networkTime, time);
  });

  test('are unknown if nothing is reported', () => {
    for (const network of [undefined, {}, { interfaces: [] }, { interfaces: [{ name: 'eth1' }] }])
      assert.equal(networkRow(network), row());
  });
});
