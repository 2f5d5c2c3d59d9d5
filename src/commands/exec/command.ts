import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { completing } from '../../cli/option.ts';
import { requireAllowExec } from '../stream/allow-exec.ts';
import { parseCommandTarget } from '../stream/command-target.ts';
import { streamOptions, terminalOptions } from '../stream/declarations.ts';
import type { StreamRequest } from '../stream/print-stream.ts';

export class ExecCommand extends ClusterCommand {
  static override paths = [['exec']];
  static override usage = Command.Usage({
    details:
      'Run a command in a container, with standard input, output and error of its own, or with a terminal. The kubelet is called directly, with the credential of the context, and is verified; --via apiserver goes as kubectl exec does. With NODE or --address, the pod is looked up in that kubelet, so that no API server is needed with --address. Exit code: that of the command; 1 if it could not be run, or if the connection ended before it did.',
    examples: [
      [
        'A shell in a container',
        'kubectl kubeletaccess exec -it --pod default/web --allow-exec -- sh',
      ],
      [
        'A command while the API server is down',
        'kubectl kubeletaccess exec --address 10.0.0.5 --pod default/web --allow-exec -- cat /etc/hosts',
      ],
      [
        'Copy a file into a container',
        "kubectl kubeletaccess exec -i --pod default/web --allow-exec -- sh -c 'cat > /tmp/log' < kubelet.log",
      ],
    ],
  });

  argument = completing('node', Option.String({ required: false, name: 'NODE' }));
  words = Option.Rest({ name: '-- COMMAND' });
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
    const { target, command, args } = parseCommandTarget(this);
    requireAllowExec(this, 'exec', target, args);
    const { stdin, tty, keepStdinOpen } = this;
    return { kind: 'exec', target, command, stdin, tty, keepStdinOpen };
  }
}
