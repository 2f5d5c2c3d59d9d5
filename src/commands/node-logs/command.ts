import { Option } from 'clipanion';
import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { fleetOptions, parseParallel } from '../../cli/fleet-options.ts';
import { parseVia, placesOf } from '../../cli/kubelets.ts';
import { nodeOptions, parseTargets } from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { parsePositiveDuration } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { parseLogRequest } from './log-request.ts';
import { printNodeLogs } from './print-node-logs.ts';

/** Services that nodes have, and that nobody calls a node. */
const units = ['kubelet', 'containerd', 'crio'];

export class NodeLogsCommand extends ClusterCommand {
  static override paths = [['node-logs']];
  static override usage = describe({
    details:
      'Print or follow logs of nodes: the journal of a service, or a file under /var/log.\n\nLines of several nodes begin with the name of their node, and journals are merged by time; with -f, lines are printed in the order they arrive. Without -u or --path, list /var/log.\n\nThe journal needs enableSystemLogQuery in the configuration of the kubelet.',
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
  all = nodeOptions.all();
  shard = nodeOptions.shard();
  address = nodeOptions.address();
  via = nodeOptions.via();
  unit = declare.logs.list('-u,--unit', 'Service whose journal to print. Can be repeated.', {
    completes: units,
  });
  file = declare.logs.textIfGiven('--path', 'File or folder under /var/log, such as syslog.');
  since = declare.logs.textIfGiven(
    '--since',
    'Only entries newer than a duration or time, such as 5m.',
  );
  until = declare.logs.textIfGiven(
    '--until',
    'Only entries older than a duration or time, such as 5m.',
  );
  tail = declare.logs.textIfGiven('--tail', 'Print only the last N lines.');
  pattern = declare.logs.textIfGiven(
    '-g,--grep',
    'Only entries that match this regular expression (PCRE2; on Windows PowerShell).',
  );
  boot = declare.logs.textIfGiven(
    '--boot',
    'Entries of this boot: 0 for the current, --boot=-1 for the previous one.',
  );
  follow = declare.logs.flag('-f,--follow', 'Stream new lines, also after log rotation.');
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
        hints: [`its journal: -u ${unit}, with NODE, --role worker or --all`],
      });
    const options = { ...this, nodeSelector: selector };
    const target = parseTargets(options, names, { via: parseVia(this), ...placesOf(globals) });
    if (!target)
      throw new UsageFailure('missing NODE: name nodes, or use -l, --role or --all', {
        hints: ['kubectl get nodes'],
      });
    const log = parseLogRequest(this, Date.now());
    const timeoutMs = parsePositiveDuration('--timeout', this.timeout);
    const isTimeoutGiven = isGiven(given, '--timeout');
    if (!target.isFleet && isGiven(given, '--parallel'))
      throw new UsageFailure('--parallel is for several nodes');
    const parallel = parseParallel(this.parallel);
    return printNodeLogs({ target, log, timeoutMs, isTimeoutGiven, parallel }, this);
  }
}
