import { Option } from 'clipanion';
import type { CommandLine } from '../../cli/argv.ts';
import { describe } from '../../cli/command-definition.ts';
import { declare } from '../../cli/option.ts';
import { rerunCommand, rerunLine } from '../../cli/rerun-command.ts';
import { isFailure, reworded, UsageFailure } from '../../errors.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { parseContainerChoice } from '../shared/stream/container-choice.ts';
import { ProcessCommand } from '../shared/stream/stream-command.ts';

export class ExecCommand extends ProcessCommand {
  static override paths = [['exec']];
  static override usage = describe({
    needs: ['POD', '-- COMMAND'],
    details:
      "Run a command in a container, through its kubelet.\n\nThe kubelet is called directly, over verified TLS, with your credentials; --via apiserver uses the API server, like kubectl exec. The pod's node is looked up in the API server. With --node or --kubelet-address, the pod is looked up on that kubelet; --kubelet-address needs no API server.\n\n--no-upgrade runs the command with a plain POST, where proxies block WebSockets. With it, --timeout also limits how long the command runs, and if it fails, only stderr is returned.",
    examples: [
      ['A shell in a container', 'kubectl kubeletaccess exec web -it --allow-exec -- sh'],
      [
        'A command while the API server is down',
        'kubectl kubeletaccess exec default/web --kubelet-address 10.0.0.5 --allow-exec -- cat /etc/hosts',
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

  words = Option.Rest({ name: '-- COMMAND' });
  noUpgrade = declare.behavior.flag(
    '--no-upgrade',
    'Run the command with a plain POST: no stdin, no TTY, output when it ends.',
    {
      not: ['--stdin', '--tty', '--leave-stdin-open'].map((name) => ({
        with: name,
        hints: ['a plain POST has neither input nor a terminal'],
      })),
    },
  );

  override async execute(): Promise<number> {
    const all = [this.pod ?? [], this.words].flat();
    const dashes = all.length - this.line.argsAfterDashes;
    const [pod, ...more] = all.slice(0, dashes);
    const command = all.slice(dashes);
    if (more.length > 0)
      throw new UsageFailure('the command must follow --', { hints: [withDashes(this, all)] });
    const chosen = parseContainerChoice(pod, this);
    if (command.length === 0)
      throw new UsageFailure('missing command', { hints: ['write it after --: -- COMMAND'] });
    const { noUpgrade } = this;
    requireAllowExec(this, 'exec', chosen, [pod ?? '', '--', ...command], noUpgrade);
    const explained = (error: unknown) => {
      throw withShell(error, this.line);
    };
    if (!noUpgrade) return this.connect(chosen, command).catch(explained);
    const { printRun } = await import('./print-run.ts');
    return printRun(chosen, command, this).catch(explained);
  }
}

/** Adds a command that starts a shell to the failure for a command that the container does not have. */
function withShell(error: unknown, line: CommandLine): unknown {
  const { args, argsAfterDashes } = line;
  if (!isFailure(error, 'no command') || args.at(-argsAfterDashes) === 'sh') return error;
  const place = { ...line, args: args.slice(0, args.length - argsAfterDashes), argsAfterDashes: 0 };
  const shell = rerunLine(place, { more: ['--', 'sh'] });
  return reworded(error, { hints: [`with a shell: ${shell}`, ...error.hints] });
}

function withDashes({ given }: ExecCommand, [first = '', ...words]: readonly string[]): string {
  const isAddress = /^[\d.]+(?::\d+)?$/.test(first);
  const [pod = '', ...command] = isAddress ? words : [first, ...words];
  const line = rerunCommand('exec', given, {
    without: ['--allow-exec', ...(isAddress ? ['--kubelet-address', '--node'] : [])],
    more: [
      ...(isAddress ? ['--kubelet-address', first] : []),
      ...['--allow-exec', pod, '--', ...(command.length === 0 ? ['COMMAND'] : command)],
    ],
  });
  return isAddress ? `the address of a node: ${line}` : line;
}
