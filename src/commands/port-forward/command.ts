import { Option } from 'clipanion';
import { describe } from '../../cli/command-definition.ts';
import { declare } from '../../cli/option.ts';
import { splitLists } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { isMapped, type LocalAddress, parseLocalAddress } from '../../kube/streams/listen.ts';
import { command } from '../../text/command.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { parseContainerChoice } from '../shared/stream/container-choice.ts';
import { StreamCommand } from '../shared/stream/stream-command.ts';
import { parsePorts } from './ports.ts';

export class PortForwardCommand extends StreamCommand {
  static override paths = [['port-forward']];
  static override usage = describe({
    needs: ['POD', 'PORT'],
    details:
      'Listen on local ports, and forward each connection to a port of a pod, until Ctrl-C.\n\nPORT is REMOTE, LOCAL:REMOTE, or :REMOTE for any free local port. REMOTE may be the name of a port of the pod, such as :http.\n\nThe kubelet is called directly, with your credentials; --via apiserver uses the API server, like kubectl port-forward. With --node or --kubelet-address, the pod is looked up on that kubelet. With --kubelet-address, no API server is needed.\n\nAn error on one connection does not end the others. Half-closed connections are closed after 10s without data, because kubelets cannot close only one direction.',
    examples: [
      [
        'Forward local port 8080 to port 80 of a pod',
        'kubectl kubeletaccess port-forward web 8080:80 --allow-exec',
      ],
      [
        'While the API server is down',
        'kubectl kubeletaccess port-forward default/web 8080:80 --kubelet-address 10.0.0.5 --allow-exec',
      ],
      [
        'Forward any free local port to a named port',
        'kubectl kubeletaccess port-forward pod/web :http --allow-exec',
      ],
    ],
    exitCodes: [
      [130, 'after Ctrl-C'],
      [1, 'the ports could not be forwarded'],
    ],
  });

  /** Lets forwarding continue after standard output is closed. */
  readonly writes = true;

  words = Option.Rest({ name: 'PORT' });
  address = declare.behavior.list(
    '--address',
    'Local IP address to listen on, localhost by default. Can be repeated.',
    { completes: ['localhost', '127.0.0.1', '0.0.0.0'] },
  );

  override async execute(): Promise<number> {
    const args = [this.pod ?? [], this.words].flat();
    const [pod, ...words] = args;
    if (pod !== undefined && /^\d+$|:/.test(pod))
      throw new UsageFailure('missing POD: it comes before the ports', {
        hints: [command`kubectl kubeletaccess port-forward POD ${pod}`],
      });
    const chosen = parseContainerChoice(pod, this);
    const ports = parsePorts(words);
    const addresses = parseListenAddresses(this.address);
    requireAllowExec(this, 'port-forward', chosen, args);
    const { printForward } = await import('./print-forward.ts');
    return printForward({ chosen, ports, addresses }, this);
  }
}

function parseListenAddresses(given: readonly string[]): readonly LocalAddress[] {
  const words = given.length === 0 ? ['localhost'] : splitLists(given);
  const addresses = words.flatMap((word) => {
    const parsed = parseLocalAddress(word);
    if (parsed) return parsed;
    throw new UsageFailure(
      `invalid --address value "${word}": must be an IP address or localhost`,
      { hints: isMapped(word) ? ['for an IPv4 address: such as 127.0.0.1, without ::ffff:'] : [] },
    );
  });
  return [...new Map(addresses.map((address) => [address.host, address])).values()];
}
