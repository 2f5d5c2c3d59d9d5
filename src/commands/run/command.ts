import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { completing } from '../../cli/option.ts';
import { requireAllowExec } from '../stream/allow-exec.ts';
import { parseCommandTarget } from '../stream/command-target.ts';
import { runOptions, streamOptions } from '../stream/declarations.ts';

export class RunCommand extends ClusterCommand {
  static override paths = [['run']];
  static override usage = Command.Usage({
    details:
      'Run a command in a container by POST /run: no connection is upgraded, so that proxies that drop upgrades, and the node proxy of the API server with --via apiserver, let it through. It has neither standard input nor a terminal; standard output and error come as one, when the command has ended; of one that fails, kubelets give standard error only. A kubelet splits the command at spaces: for words with spaces, use exec. Exit code: that of the command; 1 if it could not be run.',
    examples: [
      [
        'A command through the node proxy of the API server',
        'kubectl kubeletaccess run --pod default/web --via apiserver --allow-exec -- cat /etc/hosts',
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
  timeout = runOptions.timeout();
  allowExec = streamOptions.allowExec();

  override async execute(): Promise<number> {
    const { target, command, args } = parseCommandTarget(this);
    requireAllowExec(this, 'run', target, args);
    const { printRun } = await import('./print-run.ts');
    return printRun(target, command, this);
  }
}
