import { type Count, known, sum } from '../../kubelet/bodies/exact.ts';
import type { NetworkStats } from '../../kubelet/bodies/stats-summary.ts';
import { detailSum, type Field, textField, wideSum } from '../shared/rows/fields.ts';

/** Names of network cards; bridges and interfaces of pods have other names. */
const cards = /^(?:eth|ib|en[opsx])\d/;

/**
 * Returns the bytes of the default interface since it was created. Kubelets take eth0 as the default interface. Without eth0, returns the
 * bytes of the only interface, or the sum of all network cards. Other interfaces are not added, because bridges count the same bytes again.
 */
export function networkBytes(
  network: NetworkStats | undefined,
  key: 'rxBytes' | 'txBytes',
): Count | undefined {
  const own = known(network?.[key]);
  if (own !== undefined) return own;
  const interfaces = network?.interfaces ?? [];
  const counted =
    interfaces.length === 1 ? interfaces : interfaces.filter(({ name = '' }) => cards.test(name));
  return counted.map((each) => known(each[key])).reduce(sum, undefined);
}

interface NetworkSource {
  readonly usage: { readonly network?: NetworkStats | undefined };
}

export function networkFields(scope: 'node' | 'pod'): readonly Field<NetworkSource>[] {
  const make = scope === 'node' ? detailSum : wideSum;
  return [
    make('RECEIVED', 'networkReceivedBytes', 'bytes', {
      of: ({ usage }) => networkBytes(usage.network, 'rxBytes'),
      name: `${scope}_network_receive_bytes_total`,
      help: `Bytes that the ${scope} received.`,
      measuredAt: 'networkTime',
    }),
    make('SENT', 'networkSentBytes', 'bytes', {
      of: ({ usage }) => networkBytes(usage.network, 'txBytes'),
      name: `${scope}_network_transmit_bytes_total`,
      help: `Bytes that the ${scope} sent.`,
      measuredAt: 'networkTime',
    }),
    textField('NETWORK TIME', 'networkTime', ({ usage }) => usage.network?.time, {
      ...{ detail: true, role: 'volatile' },
      about: 'When the kubelet measured the network, in RFC 3339.',
    }),
  ];
}
