import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { completing } from '../../cli/option.ts';
import { UsageFailure } from '../../errors.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { streamOptions, terminalOptions } from '../shared/stream/declarations.ts';
import { parseTarget } from '../shared/stream/target.ts';

export class AttachCommand extends ClusterCommand {
  /** Its exit code is that of what runs in the container. */
  readonly relaysCode = true;
  static override readonly uses = ['kubelets', 'namespace'] as const;
  static override paths = [['attach']];
  static override usage = describe({
    needs: ['POD'],
    details:
      'Print new output of the main process of a container, and with -i send it standard input.\n\nThe kubelet is called as by exec, but no new process is started. -t needs a container that has a terminal (tty: true).',
    examples: [
      ['Print new output of a container', 'kubectl kubeletaccess attach web --allow-exec'],
      [
        'The terminal of a container, while the API server is down',
        'kubectl kubeletaccess attach default/web -it --address 10.0.0.5 --allow-exec',
      ],
    ],
    exitCodes: [
      [
        1,
        'it could not be attached to, or the connection ended before it did; else the exit code of the container, where its status has it',
      ],
      [141, 'its output pipe was closed early, as by head'],
    ],
  });

  pod = completing('pod', Option.String({ required: false, name: 'POD' }));
  container = streamOptions.container();
  node = streamOptions.node();
  address = streamOptions.address();
  via = streamOptions.via();
  stdin = terminalOptions.stdin();
  tty = terminalOptions.tty();
  keepStdinOpen = terminalOptions.keepStdinOpen();
  timeout = streamOptions.timeout();
  allowExec = streamOptions.allowExec();

  override offlineHint() {
    // A user without --allow-exec is told its meaning first.
    return {};
  }

  override async execute(): Promise<number> {
    const { pod, stdin, tty, keepStdinOpen } = this;
    const target = parseTarget(pod, this);
    requireAllowExec(this, 'attach', target, [pod ?? []].flat());
    if (keepStdinOpen && !stdin) throw new UsageFailure('--keep-stdin-open requires --stdin');
    const { printStream } = await import('../shared/stream/print-stream.ts');
    return printStream({ kind: 'attach', target, command: [], stdin, tty, keepStdinOpen }, this);
  }
}
