import { type Count, known, sum } from '../../kubelet/bodies/exact.ts';
import type { NetworkStats } from '../../kubelet/bodies/stats-summary.ts';
import { type Column, detailSum, wideSum } from '../../text/column.ts';

/** Since the interfaces were made. */
export interface NetworkRow {
  readonly networkReceivedBytes: Count | undefined;
  readonly networkSentBytes: Count | undefined;
  /** When, in RFC 3339: kubelets measure every few seconds. */
  readonly networkTime: string | undefined;
}

/** Names of cards, which bridges and the ends of pods do not have. */
const cards = /^(?:eth|ib|en[opsx])\d/;

/**
 * Figures of the default interface, which kubelets take to be eth0. Without it, of the only interface, or of all cards: bridges
 * count the same bytes again.
 */
export function networkRow(network: NetworkStats | undefined): NetworkRow {
  const total = (key: 'rxBytes' | 'txBytes') => {
    const own = known(network?.[key]);
    if (own !== undefined) return own;
    const interfaces = network?.interfaces ?? [];
    const counted =
      interfaces.length === 1 ? interfaces : interfaces.filter(({ name = '' }) => cards.test(name));
    return counted.map((each) => known(each[key])).reduce(sum, undefined);
  };
  return {
    networkReceivedBytes: total('rxBytes'),
    networkSentBytes: total('txBytes'),
    networkTime: network?.time,
  };
}

export function networkColumns(scope: 'node' | 'pod'): readonly Column<NetworkRow>[] {
  const column = scope === 'node' ? detailSum : wideSum;
  return [
    {
      ...column<NetworkRow>('RECEIVED', 'networkReceivedBytes', 'bytes', {
        name: `${scope}_network_receive_bytes_total`,
        help: `Bytes that the ${scope} received.`,
      }),
      measuredAt: 'networkTime',
    },
    {
      ...column<NetworkRow>('SENT', 'networkSentBytes', 'bytes', {
        name: `${scope}_network_transmit_bytes_total`,
        help: `Bytes that the ${scope} sent.`,
      }),
      measuredAt: 'networkTime',
    },
    { head: 'NETWORK TIME', key: 'networkTime', unit: 'text', detail: true, role: 'volatile' },
  ];
}
