import { type Count, known, sum } from '../../kubelet/bodies/exact.ts';
import { coresOf } from '../../kubelet/bodies/pod-resources.ts';
import type { NetworkStats, Usage } from '../../kubelet/bodies/stats-summary.ts';
import { toneOfShare } from '../../text/column.ts';
import {
  detailFigure,
  detailSum,
  type Field,
  figure,
  shareOf,
  summed,
  textField,
  wideFigure,
  wideSum,
} from '../shared/rows/fields.ts';
import type { AmountOf } from '../shared/rows/resource-fields.ts';

interface UsageSource {
  readonly usage: Usage;
}

type Scope = 'node' | 'pod' | 'container';

export function cpuField(scope: Scope): Field<UsageSource> {
  return summed('CPU', 'cpuCores', 'cores', {
    of: ({ usage: { cpu } }) => {
      const nanoCores = known(cpu?.usageNanoCores);
      return nanoCores === undefined ? undefined : Number(nanoCores) / 1e9;
    },
    name: `${scope}_cpu_usage_cores`,
    help: `CPU that the ${scope} uses, in cores.`,
    about: 'The average of the last interval, of 10 to 20 s.',
  });
}

export function workingSetField(scope: Scope): Field<UsageSource> {
  return summed('MEMORY', 'workingSetBytes', 'bytes', {
    of: ({ usage: { memory } }) => known(memory?.workingSetBytes),
    name: `${scope}_memory_working_set_bytes`,
    help: `Memory of the ${scope} that cannot be freed at once.`,
    about: 'Memory that cannot be freed at once: what evictions and limits compare.',
  });
}

interface ShareSource extends UsageSource {
  /** Returns the request or limit in force to compare usage with; undefined if /pods was not read. Pods have those of running containers. */
  readonly running: AmountOf | undefined;
}

/** The default table shows only the share of the memory limit, because the kernel kills containers that reach it. */
export function shareFields(
  scope: 'pod' | 'container',
  resource: 'cpu' | 'memory',
): readonly Field<ShareSource>[] {
  const [used, short] =
    resource === 'cpu' ? [cpuField(scope), 'CPU'] : [workingSetField(scope), 'MEM'];
  return (['request', 'limit'] as const).map((whole) => {
    const isLimit = whole === 'limit';
    const make = resource === 'memory' && isLimit ? figure : wideFigure;
    const of = ({ running }: ShareSource) => {
      const amount = running?.(`${whole}s`, resource);
      return resource === 'cpu' ? coresOf(amount) : amount;
    };
    return make<ShareSource>(
      `%${short}/${isLimit ? 'L' : 'R'}`,
      `${resource}Of${isLimit ? 'Limit' : 'Requested'}Percent`,
      'percent',
      {
        of: shareOf<ShareSource>(used, { of }),
        name: `${scope}_${resource}_usage_of_${whole}_ratio`,
        help: `Usage of ${resource === 'cpu' ? 'CPU' : resource} as a share of the ${whole} of the ${scope}.`,
        about: `Usage of ${resource === 'cpu' ? 'CPU' : resource} in percent of the ${whole} in force${scope === 'pod' ? ' of the containers that run now: an init container counts only until it has ended' : ''}.`,
        ...(isLimit && { toneOf: toneOfShare }),
      },
    );
  });
}

export function moreUsageFields(scope: Scope): readonly Field<UsageSource>[] {
  // Available memory is summed for nodes only, because containers and pods may share a limit.
  const available = scope === 'node' ? detailSum : detailFigure;
  return [
    detailSum('RSS', 'rssBytes', 'bytes', {
      of: ({ usage: { memory } }) => known(memory?.rssBytes),
      name: `${scope}_memory_rss_bytes`,
      help: `Anonymous memory of the ${scope}.`,
    }),
    available('AVAILABLE', 'memoryAvailableBytes', 'bytes', {
      of: ({ usage: { memory } }) => {
        const bytes = known(memory?.availableBytes);
        // Some runtimes, such as containerd 2.4, report 0 for a pod or container without a limit.
        return scope !== 'node' && bytes === 0 ? undefined : bytes;
      },
      name: `${scope}_memory_available_bytes`,
      help: `Memory that the ${scope} may use besides its working set.`,
      about: 'Up to the limit; of a node, up to its memory. Absent without a limit.',
    }),
    detailSum('SWAP', 'swapUsedBytes', 'bytes', {
      of: ({ usage: { swap } }) => known(swap?.swapUsageBytes),
      name: `${scope}_swap_usage_bytes`,
      help: `Swap that the ${scope} uses.`,
    }),
    available('SWAP AVAILABLE', 'swapAvailableBytes', 'bytes', {
      of: ({ usage: { swap } }) => known(swap?.swapAvailableBytes),
      name: `${scope}_swap_available_bytes`,
      help: `Swap that the ${scope} may use in addition.`,
    }),
    ...(['cpu', 'memory', 'io'] as const).flatMap((resource) =>
      (['some', 'full'] as const).map((tasks) => pressureField(scope, resource, tasks)),
    ),
  ];
}

/** Declares a field for pressure: the percentage of the last 10 s in which tasks waited. */
function pressureField(
  scope: Scope,
  resource: 'cpu' | 'memory' | 'io',
  tasks: 'some' | 'full',
): Field<UsageSource> {
  return detailFigure(
    `${resource} PSI ${tasks}`.toUpperCase(),
    `${resource}Pressure${tasks === 'some' ? 'Some' : 'Full'}Percent`,
    'percent',
    {
      of: ({ usage }) => {
        const share = usage[resource]?.psi?.[tasks]?.avg10;
        return Number.isFinite(share) ? share : undefined;
      },
      name: `${scope}_pressure_${resource}_${tasks}_ratio`,
      help: `Share of 10 s in which ${tasks === 'some' ? 'some task' : 'all tasks'} of the ${scope} waited for ${resource === 'io' ? 'input or output' : resource}.`,
    },
  );
}

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
