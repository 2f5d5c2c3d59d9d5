import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { completing } from '../../cli/option.ts';
import { requireAllowExec } from '../stream/allow-exec.ts';
import { parseTarget } from '../stream/command-target.ts';
import { streamOptions, terminalOptions } from '../stream/declarations.ts';
import type { StreamRequest } from '../stream/print-stream.ts';

export class AttachCommand extends ClusterCommand {
  static override paths = [['attach']];
  static override usage = Command.Usage({
    details:
      'Print what the main process of a container writes from now on, and with -i send it standard input: as exec, but nothing is started. -t needs a container that has a terminal (tty: true). Exit codes: 0: the container ended, whatever its own exit code; 1: it could not be attached to, or the connection ended before it did.',
    examples: [
      ['What does it print now?', 'kubectl kubeletaccess attach --pod default/web --allow-exec'],
      [
        'The terminal of a container, while the API server is down',
        'kubectl kubeletaccess attach -it --address 10.0.0.5 --pod default/web --allow-exec',
      ],
    ],
  });

  argument = completing('node', Option.String({ required: false, name: 'NODE' }));
  node = streamOptions.node();
  pod = streamOptions.pod();
  container = streamOptions.container();
  address = streamOptions.address();
  via = streamOptions.via();
  stdin = terminalOptions.stdin();
  tty = terminalOptions.tty();
  keepStdinOpen = terminalOptions.keepStdinOpen();
  timeout = streamOptions.timeout();
  allowExec = streamOptions.allowExec();

  override async execute(): Promise<number> {
    const request = this.parseOptions();
    const { printStream } = await import('../stream/print-stream.ts');
    return printStream(request, this);
  }

  private parseOptions(): StreamRequest {
    const { argument: node, stdin, tty, keepStdinOpen } = this;
    const target = parseTarget(node, this);
    requireAllowExec(this, 'attach', target, [node ?? []].flat());
    return { kind: 'attach', target, command: [], stdin, tty, keepStdinOpen };
  }
}
