import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { completing, declare } from '../../cli/option.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { parseCommandTarget } from '../shared/stream/command-target.ts';
import { streamOptions, terminalOptions } from '../shared/stream/declarations.ts';

export class ExecCommand extends ClusterCommand {
  /** Its exit code is that of what runs in the container. */
  readonly relaysCode = true;
  static override readonly uses = ['kubelets', 'namespace'] as const;
  static override paths = [['exec']];
  static override usage = describe({
    needs: ['POD', '-- COMMAND'],
    details:
      "Run a command in a container, through its kubelet.\n\nThe kubelet is called directly, over verified TLS, with your credentials; --via apiserver uses the API server, like kubectl exec. The pod's node is looked up in the API server. With --node or --address, the pod is looked up on that kubelet; --address needs no API server.\n\n--no-upgrade runs the command with a plain POST, where proxies block WebSockets. With it, --timeout also limits how long the command runs, and if it fails, only stderr is returned.",
    examples: [
      ['A shell in a container', 'kubectl kubeletaccess exec web -it --allow-exec -- sh'],
      [
        'A command while the API server is down',
        'kubectl kubeletaccess exec default/web --address 10.0.0.5 --allow-exec -- cat /etc/hosts',
      ],
      [
        'Copy a file into a container',
        "kubectl kubeletaccess exec web -i --allow-exec -- sh -c 'cat > /tmp/log' < kubelet.log",
      ],
      [
        'Where proxies block WebSockets',
        'kubectl kubeletaccess exec web --no-upgrade --allow-exec -- cat /etc/hosts',
      ],
    ],
    exitCodes: [
      [
        1,
        'the command could not be run, or the connection ended before it did; else its own exit code',
      ],
      [141, 'its output pipe was closed early, as by head'],
    ],
  });

  pod = completing('pod', Option.String({ required: false, name: 'POD' }));
  words = Option.Rest({ name: '-- COMMAND' });
  container = streamOptions.container();
  node = streamOptions.node();
  address = streamOptions.address();
  via = streamOptions.via();
  stdin = terminalOptions.stdin();
  tty = terminalOptions.tty();
  keepStdinOpen = terminalOptions.keepStdinOpen();
  noUpgrade = declare.behavior.flag(
    '--no-upgrade',
    'Run the command with a plain POST: no stdin, no TTY, output when it ends.',
  );
  timeout = streamOptions.timeout();
  allowExec = streamOptions.allowExec();

  override offlineHint() {
    // A user without --allow-exec is told its meaning first.
    return {};
  }

  override async execute(): Promise<number> {
    const { target, command, args } = parseCommandTarget(this);
    const { stdin, tty, keepStdinOpen, noUpgrade } = this;
    requireAllowExec(this, 'exec', target, args, noUpgrade);
    if (keepStdinOpen && !stdin) throw new UsageFailure('--keep-stdin-open requires --stdin');
    if (noUpgrade) {
      const option = stdin ? '--stdin' : tty && '--tty';
      if (option)
        throw notTogether('--no-upgrade', option, {
          hints: ['a plain POST has neither input nor a terminal'],
        });
      const { printRun } = await import('./print-run.ts');
      return printRun(target, command, this);
    }
    const { printStream } = await import('../shared/stream/print-stream.ts');
    return printStream({ kind: 'exec', target, command, stdin, tty, keepStdinOpen }, this);
  }
}
