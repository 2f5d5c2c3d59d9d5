import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { parseVia } from '../../cli/kubelets.ts';
import { parseLabelSelector } from '../../cli/label-selector.ts';
import { type FleetChoice, nodeOptions } from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { parseCount } from '../../cli/parse-options.ts';
import { exitCodeOf, notTogether } from '../../errors.ts';
import {
  formatLogTime,
  formatQuery,
  parseLogTime,
  parseTail,
  toSeconds,
} from '../shared/logs/log-times.ts';
import { parseContainerChoice, streamOptions } from '../shared/stream/container-choice.ts';
import { parseSelection, parseWorkload } from './log-sources.ts';
import type { LogsSettings } from './print-sources.ts';

/** Default of --tail with a label selector, as in kubectl logs. */
const tailOfLabels = '10';

export class LogsCommand extends ClusterCommand {
  static override readonly uses = ['kubelets', 'namespace'] as const;
  static override paths = [['logs']];
  static override usage = describe({
    details:
      "Print logs of containers, from their kubelets.\n\nPOD is a pod name, or a resource that selects pods: deploy/NAME, sts/NAME, ds/NAME, job/NAME, svc/NAME. Logs of several pods are printed one after the other. With -f they are merged, and new pods are followed, too.\n\nThe pod's node is looked up in the API server. With --node or --kubelet-address, pods are looked up on that kubelet; without POD, all of its pods. With --kubelet-address, no API server is needed.",
    examples: [
      ['The log of a pod', 'kubectl kubeletaccess logs web'],
      ['Follow a container', 'kubectl kubeletaccess logs kube-system/coredns-x7k2p -c coredns -f'],
      [
        'Follow all containers of some pods, with their names',
        'kubectl kubeletaccess logs -l app=web --all-containers --prefix -f',
      ],
      [
        'Logs of a crashed container, while the API server is down',
        'kubectl kubeletaccess logs default/web -p --kubelet-address 10.0.0.5',
      ],
      [
        'Errors from all pods on a node, without the API server',
        'kubectl kubeletaccess logs --kubelet-address 10.0.0.5 --prefix -g error',
      ],
    ],
    exitCodes: [
      [0, 'all logs were printed'],
      [4, 'some logs could not be printed'],
      [1, 'no log could be printed'],
    ],
  });

  pods = completing('pod', Option.Rest({ name: 'POD' }));
  selector = declare.selection.text('-l,--selector', 'Pods with these labels.', {
    completes: 'label-selector',
    not: ['POD'],
  });
  container = streamOptions.container();
  allContainers = declare.selection.flag(
    '--all-containers',
    'All containers of each pod, init containers too.',
    { not: ['--container'] },
  );
  node = declare.node.text('--node', 'Node of the pods. Its kubelet finds them.', {
    completes: 'node',
    not: ['--kubelet-address'],
  });
  kubeletAddress = streamOptions.kubeletAddress();
  via = nodeOptions.via();
  follow = declare.logs.flag('-f,--follow', 'Stream new lines, also of restarted containers.', {
    not: [{ with: '--previous', hints: ['a previous instance writes no more'] }],
  });
  previous = declare.logs.flag(
    '-p,--previous',
    'Print the log of the previous container instance.',
  );
  since = declare.logs.textIfGiven(
    '--since',
    'Only entries newer than a duration or time, such as 5m.',
  );
  tail = declare.logs.textIfGiven('--tail', 'Print only the last N lines. Defaults to 10 with -l.');
  grep = declare.logs.text('-g,--grep', 'Print only lines that match this regular expression.');
  timestamps = declare.logs.flag('--timestamps', 'Prefix each line with its timestamp.');
  prefix = declare.logs.flag('--prefix', 'Prefix each line with its pod and container.');
  maxLogRequests = declare.logs.text(
    '--max-log-requests',
    'Maximum number of containers to follow at once.',
    { initial: '50' },
  );
  timeout = streamOptions.timeout();

  override offlineHint() {
    return {};
  }

  override async execute(): Promise<number> {
    const settings = await this.parse(parseVia(this));
    const { printLogs } = await import('./print-logs.ts');
    return exitCodeOf(await printLogs(settings, this));
  }

  private async parse(via: FleetChoice['via']): Promise<LogsSettings> {
    const { pods, selector, node, kubeletAddress, container, allContainers, follow } = this;
    const { namespace } = this.globals;
    const isNamed = pods.length > 0 || selector !== '' || node !== '' || kubeletAddress !== '';
    // Only the options are checked here, so any POD can be passed.
    const anyPod = pods.find((each) => !parseWorkload(each)) ?? 'pod';
    const way = parseContainerChoice(isNamed ? anyPod : undefined, this, via);
    const isOfKubelet = way.kubelets !== undefined;
    const { kubelets = { kind: 'nodes', names: [], selector: '', role: '' }, timeoutMs } = way;
    const labels = selector === '' ? undefined : parseLabelSelector('--selector', selector);
    const selection = parseSelection(pods, selector);
    if (isOfKubelet && selection.workloads.length > 0)
      throw notTogether(node === '' ? '--kubelet-address' : '--node', pods[0] ?? '', {
        why: 'a kubelet knows pods alone: -l LABELS',
      });
    const query = { ...this, tail: this.tail ?? (selector === '' ? undefined : tailOfLabels) };
    return {
      chosen: { ...way, kubelets, shard: undefined, isFleet: !isOfKubelet },
      ...{ selection, isOfKubelet, container, allContainers, follow, timeoutMs },
      isOne: selection.pods.length === 1 && selection.workloads.length === 0 && !allContainers,
      isOfPod: (pod) =>
        (namespace === '' || pod.metadata.namespace === namespace) &&
        (labels === undefined || labels(pod.metadata.labels ?? {})),
      query: logQuery(query),
      laterQuery: logQuery({ ...query, previous: false, since: undefined, tail: undefined }),
      hasPrefix: this.prefix,
      maxLogRequests: parseCount('--max-log-requests', this.maxLogRequests, {
        least: 1,
        most: 10_000,
      }),
      isShown:
        this.grep === ''
          ? undefined
          : (await import('../shared/logs/line-filter.ts')).parseLineFilter(this.grep),
    };
  }
}

type LogQueryOptions = Pick<LogsCommand, 'follow' | 'previous' | 'since' | 'tail' | 'timestamps'>;

export function logQuery({ follow, previous, since, tail, timestamps }: LogQueryOptions): string {
  const from = since === undefined ? undefined : parseLogTime('--since', since);
  return formatQuery([
    ['follow', follow ? 'true' : undefined],
    ['previous', previous ? 'true' : undefined],
    ['timestamps', timestamps ? 'true' : undefined],
    ['tailLines', parseTail(tail)],
    // The kubelet subtracts sinceSeconds from its own time. kubectl sends durations in the same way.
    ['sinceSeconds', from && 'agoMs' in from ? toSeconds(from) : undefined],
    ['sinceTime', from && 'atMs' in from ? formatLogTime(from.atMs) : undefined],
  ]);
}
