import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { completing, declare } from '../../cli/option.ts';
import { splitLists } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { isMapped, type LocalAddress, parseLocalAddress } from '../../kube/streams/listen.ts';
import { command } from '../../text/command.ts';
import { requireAllowExec } from '../shared/stream/allow-exec.ts';
import { streamOptions } from '../shared/stream/declarations.ts';
import { parseTarget } from '../shared/stream/target.ts';
import { parsePorts } from './ports.ts';
import type { ForwardRequest } from './print-forward.ts';

export class PortForwardCommand extends ClusterCommand {
  static override readonly uses = ['kubelets', 'namespace'] as const;
  static override paths = [['port-forward']];
  static override usage = describe({
    needs: ['POD', 'PORT'],
    details:
      'Listen on local ports, and connect each client to a port of a pod, until Ctrl-C.\n\nPORT is REMOTE, LOCAL:REMOTE, or :REMOTE for any free local port. REMOTE may be the name of a port of the pod, such as :http.\n\nThe kubelet is called directly, with your credentials; --via apiserver uses the API server, like kubectl port-forward. With --node or --address, the pod is looked up on that kubelet. With --address, no API server is needed.\n\nAn error on one connection does not end the others. Half-closed connections are closed after 10s without data, because kubelets cannot close only one direction.',
    examples: [
      [
        'Forward local port 8080 to port 80 of a pod',
        'kubectl kubeletaccess port-forward web 8080:80 --allow-exec',
      ],
      [
        'While the API server is down',
        'kubectl kubeletaccess port-forward default/web 8080:80 --address 10.0.0.5 --allow-exec',
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

  /** Forwarding continues when nobody reads standard output any more. */
  readonly writes = true;

  pod = completing('pod', Option.String({ required: false, name: 'POD' }));
  words = Option.Rest({ name: 'PORT' });
  node = streamOptions.node();
  address = streamOptions.address();
  via = streamOptions.via();
  listenAddress = declare.behavior.list(
    '--listen-address',
    'Local IP address to listen on, localhost by default. Can be repeated.',
    { completes: ['localhost', '127.0.0.1', '0.0.0.0'] },
  );
  timeout = streamOptions.timeout();
  allowExec = streamOptions.allowExec();

  override offlineHint() {
    // A user without --allow-exec is told its meaning first.
    return {};
  }

  override async execute(): Promise<number> {
    const request = this.parseOptions();
    const { printForward } = await import('./print-forward.ts');
    return printForward(request, this);
  }

  private parseOptions(): ForwardRequest {
    const args = [this.pod ?? [], this.words].flat();
    const [pod, ...words] = args;
    if (pod !== undefined && /^\d+$|:/.test(pod))
      throw new UsageFailure('missing POD: it comes before the ports', {
        hints: [command`kubectl kubeletaccess port-forward POD ${pod}`],
      });
    const target = parseTarget(pod, this.targetOptions());
    const ports = parsePorts(words);
    const addresses = parseListenAddresses(this.listenAddress);
    requireAllowExec(this, 'port-forward', target, args);
    return { target, ports, addresses };
  }

  private targetOptions() {
    const { globals, given, node, address, via, timeout } = this;
    if (/^(?:0\.0\.0\.0|\[?::\]?)$/.test(address))
      throw new UsageFailure(`invalid --address value "${address}": it is where the kubelet is`, {
        hints: [`to listen on it: --listen-address ${address}`],
      });
    return { globals, given, node, address, via, timeout, container: '' };
  }
}

function parseListenAddresses(given: readonly string[]): readonly LocalAddress[] {
  const words = given.length === 0 ? ['localhost'] : splitLists(given);
  const addresses = words.flatMap((word) => {
    const parsed = parseLocalAddress(word);
    if (parsed) return parsed;
    throw new UsageFailure(
      `invalid --listen-address value "${word}": must be an IP address or localhost`,
      { hints: isMapped(word) ? ['for an IPv4 address: such as 127.0.0.1, without ::ffff:'] : [] },
    );
  });
  return [...new Map(addresses.map((address) => [address.host, address])).values()];
}
