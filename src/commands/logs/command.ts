import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { type KubeletInvocation, parseVia } from '../../cli/kubelets.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { parseCount } from '../../cli/parse-options.ts';
import { notTogether } from '../../errors.ts';
import { type Kubelet, openLogViaApiServer } from '../../kube/kubelet-client/client.ts';
import { openAuto } from '../../kube/kubelet-client/open-auto.ts';
import { type Limits, limitsFrom } from '../../kube/transport/limits.ts';
import { longestMs } from '../../text/duration.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { openChoice } from '../shared/fleet/open-choice.ts';
import { printResponse } from '../shared/fleet/print-response.ts';
import { formatLogTime, parseLogTime, toSeconds } from '../shared/logs/log-times.ts';
import { streamOptions } from '../shared/stream/declarations.ts';
import { type ContainerPlace, findContainer } from '../shared/stream/find-container.ts';
import type { StreamTarget } from '../shared/stream/target.ts';
import { parseTarget } from '../shared/stream/target.ts';

export class LogsCommand extends ClusterCommand {
  static override readonly uses = ['kubelets', 'namespace'] as const;
  static override paths = [['logs']];
  static override usage = describe({
    needs: ['POD'],
    details:
      "Print the log of a container, from its kubelet.\n\nThe pod's node is looked up in the API server. With --node or --address, the pod is looked up in that kubelet: with --address, no API server is needed.",
    examples: [
      ['The log of a pod', 'kubectl kubeletaccess logs web'],
      ['Follow a container', 'kubectl kubeletaccess logs kube-system/coredns-x7k2p -c coredns -f'],
      [
        'Why it crashed, while the API server is down',
        'kubectl kubeletaccess logs default/web -p --address 10.0.0.5',
      ],
    ],
  });

  pod = completing('pod', Option.String({ required: false, name: 'POD' }));
  container = streamOptions.container();
  node = streamOptions.node();
  address = streamOptions.address();
  via = nodeOptions.via();
  follow = declare.logs.flag('-f,--follow', 'Print what is added, until the container ends.');
  previous = declare.logs.flag('-p,--previous', 'The log of the previous instance.');
  since = declare.logs.textIfGiven('--since', 'Newer than a duration or time, such as 5m.');
  tail = declare.logs.textIfGiven('--tail', 'Print only the last N lines.');
  timestamps = declare.logs.flag('--timestamps', 'Begin each line with its time.');
  timeout = streamOptions.timeout();

  override offlineHint() {
    return {};
  }

  override async execute(): Promise<number> {
    const target = parseTarget(this.pod, this, parseVia(this));
    return printLog({ target, query: logQuery(this), follow: this.follow }, this);
  }
}

/** As they are given; undefined if not given. */
interface LogsOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly since: string | undefined;
  readonly tail: string | undefined;
  readonly timestamps: boolean;
}

/** The query of /containerLogs; empty for the whole log. */
export function logQuery({ follow, previous, since, tail, timestamps }: LogsOptions): string {
  if (follow && previous)
    throw notTogether('--follow', '--previous', { hints: ['a previous instance writes no more'] });
  const from = since === undefined ? undefined : parseLogTime('--since', since);
  const lines =
    tail === undefined || tail === '-1'
      ? undefined
      : parseCount('--tail', tail, { least: 0, most: Number.MAX_SAFE_INTEGER });
  const parameters = new Map<string, string | undefined>([
    ['follow', follow ? 'true' : undefined],
    ['previous', previous ? 'true' : undefined],
    ['timestamps', timestamps ? 'true' : undefined],
    ['tailLines', lines?.toString()],
    // As kubectl does: a duration counts from the clock of the node.
    ['sinceSeconds', from && 'agoMs' in from ? String(toSeconds(from)) : undefined],
    ['sinceTime', from && 'atMs' in from ? formatLogTime(from.atMs) : undefined],
  ]);
  return [...parameters]
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
}

/** A parsed command line. */
export interface LogsRequest {
  readonly target: StreamTarget;
  /** Query of the request; empty for the whole log. */
  readonly query: string;
  readonly follow: boolean;
}

/** By /containerLogs of its kubelet, or by the log of its pod through the API server, which needs less than the node proxy. */
function openLog(
  { pod, node, apiServer, direct, left, choice }: ContainerPlace,
  via: StreamTarget['via'],
  limits: Limits,
): Kubelet {
  const relayed = () => openLogViaApiServer(pod, node.metadata.name, apiServer, limits, left);
  if (!direct) return relayed();
  if (via !== 'auto' || !choice) return direct(limits);
  return openAuto({ node, direct, relayed: relayed(), limits }, choice);
}

/** Prints the log of a container as it comes. */
export async function printLog(
  { target, query, follow }: LogsRequest,
  invocation: KubeletInvocation,
): Promise<number> {
  const { context, globals } = invocation;
  // A container may be quiet for as long as it likes, and its kubelet does not answer before it writes.
  const timeoutMs = follow ? longestMs : target.timeoutMs;
  const afterwards = limitsFrom({ timeoutMs });
  const verb = 'containerLogs';
  const found = await findContainer(target, invocation, {
    ...{ ownStdin: false, verb, afterwards },
    open: (place, limits) => openLog(place, target.via, limits),
    choose: (node, connection) => openChoice([node], invocation, connection),
  });
  try {
    const { namespace, pod, kubelet } = found;
    const place = [namespace, pod, found.container()].map(encodeURIComponent).join('/');
    const path = `/${verb}/${place}${query === '' ? '' : `?${query}`}`;
    const request = { method: 'GET', path };
    const response = await kubelet.send(request);
    for (const note of found.notes(Number(globals.verbosity) > 0))
      context.stderr.write(`${escapeControlLine(note)}\n`);
    const code = await printResponse(kubelet, request, response, context);
    if (follow)
      context.stderr.write('note: the log ended: its container has exited, or was replaced\n');
    return code;
  } finally {
    found.close();
  }
}
