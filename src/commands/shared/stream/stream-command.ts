import { Option } from 'clipanion';
import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { paths } from '../../../cli/node-options.ts';
import { completing, declare } from '../../../cli/option.ts';
import { type ContainerChoice, streamOptions } from './container-choice.ts';

export abstract class StreamCommand extends ClusterCommand {
  static override readonly uses = ['kubelets', 'namespace'] as const;

  pod = completing('pod', Option.String({ required: false, name: 'POD' }));
  node = declare.node.text('--node', 'Node of the pod. Its kubelet finds the pod.', {
    completes: 'node',
    not: ['--kubelet-address'],
  });
  kubeletAddress = streamOptions.kubeletAddress();
  via = declare.node.text('--via', 'Way: direct (also auto) or apiserver (like kubectl).', {
    initial: paths[0],
    completes: paths,
  });
  timeout = streamOptions.timeout();
  allowExec = declare.behavior.flag(
    '--allow-exec',
    "Required for direct requests: they bypass admission control and the API server's audit log.",
  );

  override offlineHint() {
    // Adds no --allow-exec to the hint, because requireAllowExec prints its own hint about it.
    return {};
  }
}

/** A command that exits with the code of a process in a container. */
export abstract class ProcessCommand extends StreamCommand {
  readonly relaysCode = true;

  container = streamOptions.container();
  stdin = declare.behavior.flag('-i,--stdin', 'Send standard input to the container.');
  tty = declare.behavior.flag('-t,--tty', 'Stdin is a TTY.', { needs: ['--stdin'] });
  leaveStdinOpen = declare.behavior.flag(
    '--leave-stdin-open',
    "Leave the command's stdin open after local input ends. Needed for kubelets before 1.36.",
    { needs: ['--stdin'] },
  );

  /** @param command empty to attach */
  protected async connect(chosen: ContainerChoice, command: readonly string[]): Promise<number> {
    const { stdin, tty, leaveStdinOpen } = this;
    const { printStream } = await import('./print-stream.ts');
    const kind = command.length === 0 ? 'attach' : 'exec';
    return printStream({ kind, chosen, command, stdin, tty, leaveStdinOpen }, this);
  }
}
