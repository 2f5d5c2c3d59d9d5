import { Option } from 'clipanion';
import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { fleetOptions, parseParallel } from '../../cli/fleet-options.ts';
import { addressChoiceOf, parseVia } from '../../cli/kubelets.ts';
import { nodeOptions, parseFleetChoice } from '../../cli/node-options.ts';
import { completing } from '../../cli/option.ts';
import { parsePositiveDuration } from '../../cli/parse-options.ts';
import { exitCodeOf, UsageFailure } from '../../errors.ts';
import { logOptions, parseLogRequest, units } from './log-request.ts';
import { printNodeLogs } from './print-node-logs.ts';

export class NodeLogsCommand extends ClusterCommand {
  static override paths = [['node-logs']];
  static override usage = describe({
    details:
      'Print or follow logs of nodes: the journal of a service, or a file under /var/log.\n\nAll nodes are read unless you select some. Lines of several nodes begin with the name of their node, and journals are merged by time; with -f, lines are printed in the order they arrive. Without -u or --path, list /var/log.\n\nThe journal needs enableSystemLogQuery in the configuration of the kubelet.',
    examples: [
      [
        "Follow the kubelet's journal on all workers, from an hour ago",
        'kubectl kubeletaccess node-logs --role worker -u kubelet --since 1h -f',
      ],
      [
        'Kubelet errors on a node',
        'kubectl kubeletaccess node-logs node-1 -u kubelet -g "^E" --tail 100',
      ],
      ['List the log files of a node', 'kubectl kubeletaccess node-logs node-1'],
      [
        'Follow a file through its rotations',
        'kubectl kubeletaccess node-logs node-1 --path syslog --tail 10 -f',
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed'],
      [1, 'all nodes failed'],
    ],
  });

  names = completing('node', Option.Rest({ name: 'NODE' }));
  node = nodeOptions.node();
  selector = nodeOptions.selector();
  role = nodeOptions.role();
  shard = nodeOptions.shard();
  kubeletAddress = nodeOptions.kubeletAddress();
  via = nodeOptions.via();
  unit = logOptions.unit();
  file = logOptions.file();
  since = logOptions.since();
  until = logOptions.until();
  tail = logOptions.tail();
  pattern = logOptions.pattern();
  boot = logOptions.boot();
  follow = logOptions.follow();
  timeout = nodeOptions.timeout();
  parallel = fleetOptions.parallel();

  override offlineHint() {
    return { args: [], without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    const { globals, given, names, selector } = this;
    const unit = names.find((name) => units.includes(name));
    if (unit !== undefined && this.unit.length === 0)
      throw new UsageFailure(`"${unit}" is a service, not a node`, {
        hints: [`its journal: -u ${unit}`],
      });
    const options = { ...this, nodeSelector: selector };
    const path = { via: parseVia(this), ...addressChoiceOf(globals) };
    const chosen = parseFleetChoice(options, names, path);
    const parsed = parseLogRequest(this, Date.now());
    const isShown =
      this.pattern !== undefined && parsed.kind === 'file'
        ? (await import('../shared/logs/line-filter.ts')).parseLineFilter(this.pattern)
        : undefined;
    const log = { ...parsed, isShown };
    const timeoutMs = parsePositiveDuration('--timeout', this.timeout);
    const isTimeoutGiven = isGiven(given, '--timeout');
    if (!chosen.isFleet && isGiven(given, '--parallel'))
      throw new UsageFailure('--parallel is for several nodes');
    const parallel = parseParallel(this.parallel);
    const settings = { chosen, log, timeoutMs, isTimeoutGiven, parallel };
    return exitCodeOf(await printNodeLogs(settings, this));
  }
}
