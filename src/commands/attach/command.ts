import { describe } from '../../cli/command-definition.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { parseContainerChoice } from '../shared/stream/container-choice.ts';
import { ProcessCommand } from '../shared/stream/stream-command.ts';

export class AttachCommand extends ProcessCommand {
  static override paths = [['attach']];
  static override usage = describe({
    needs: ['POD'],
    details:
      'Print new output of the main process of a container, and with -i send it standard input.\n\nThe kubelet is called as by exec, but no new process is started. -t needs a container that has a terminal (tty: true).',
    examples: [
      ['Print new output of a container', 'kubectl kubeletaccess attach web --allow-exec'],
      [
        'The terminal of a container, while the API server is down',
        'kubectl kubeletaccess attach default/web -it --kubelet-address 10.0.0.5 --allow-exec',
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

  override async execute(): Promise<number> {
    const chosen = parseContainerChoice(this.pod, this);
    requireAllowExec(this, 'attach', chosen, [this.pod ?? '']);
    return this.connect(chosen, []);
  }
}
