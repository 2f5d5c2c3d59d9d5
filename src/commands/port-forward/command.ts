import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { splitNames } from '../../cli/fleet-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { UsageFailure } from '../../errors.ts';
import { isMapped, type LocalAddress, parseLocalAddress } from '../../kube/streams/listen.ts';
import { requireAllowExec } from '../stream/allow-exec.ts';
import { parseTarget } from '../stream/command-target.ts';
import { streamOptions } from '../stream/declarations.ts';
import { parsePorts, splitArguments } from './ports.ts';
import type { ForwardRequest } from './print-forward.ts';

export class PortForwardCommand extends ClusterCommand {
  static override paths = [['port-forward']];
  static override usage = Command.Usage({
    details:
      'Listen on local ports, and connect each client with a port of a pod, until Ctrl-C. The kubelet is called directly, with the credential of the context, and is verified; --via apiserver goes as kubectl port-forward does. With NODE or --address, the pod is looked up in that kubelet, so that no API server is needed with --address. PORT is REMOTE, LOCAL:REMOTE or :REMOTE for a local port that is free; REMOTE may be the name of a port of the pod, behind a colon: :http. A first word without one is NODE. What goes wrong with one connection is printed and ends that one. When a client closes its side alone, the connection in the pod is closed after 10 s without data, and the client sees a reset: kubelets cannot close one direction. Exit code: 130 after Ctrl-C; 1 if the ports could not be forwarded.',
    examples: [
      [
        'Forward local port 8080 to port 80 of a pod',
        'kubectl kubeletaccess port-forward --pod default/web --allow-exec 8080:80',
      ],
      [
        'While the API server is down',
        'kubectl kubeletaccess port-forward --address 10.0.0.5 --pod default/web --allow-exec 8080:80',
      ],
      [
        'Any free local port, to a port by its name',
        'kubectl kubeletaccess port-forward --pod web --allow-exec :http',
      ],
    ],
  });

  /** Forwarding goes on when nobody reads standard output any more. */
  readonly writes = true;

  argument = completing('node', Option.String({ required: false, name: 'NODE' }));
  more = Option.Rest({ name: 'PORT' });
  node = streamOptions.node();
  pod = streamOptions.pod();
  address = streamOptions.address();
  via = streamOptions.via();
  listenAddress = declare.behavior.list(
    '--listen-address',
    'Local IP addresses to listen on, or localhost for 127.0.0.1 and ::1, which is the default: the --address of kubectl port-forward. Can be repeated, or a list with commas.',
    { completes: ['localhost', '127.0.0.1', '0.0.0.0'] },
  );
  timeout = streamOptions.timeout();
  allowExec = streamOptions.allowExec();

  override async execute(): Promise<number> {
    const request = this.parseOptions();
    const { printForward } = await import('./print-forward.ts');
    return printForward(request, this);
  }

  private parseOptions(): ForwardRequest {
    const args = [this.argument ?? [], this.more].flat();
    const { node, ports: words } = splitArguments(args);
    // First: what is taken for NODE may be a port.
    const ports = parsePorts(words, node);
    const target = parseTarget(node, this.targetOptions());
    const addresses = parseListenAddresses(this.listenAddress);
    requireAllowExec(this, 'port-forward', target, args);
    return { target, ports, addresses };
  }

  private targetOptions() {
    const { globals, given, node, pod, address, via, timeout } = this;
    if (/^(?:0\.0\.0\.0|\[?::\]?)$/.test(address))
      throw new UsageFailure(`invalid --address value "${address}": it is where the kubelet is`, {
        hints: [`to listen on it: --listen-address ${address}`],
      });
    return { globals, given, node, pod, address, via, timeout, container: '' };
  }
}

function parseListenAddresses(given: readonly string[]): readonly LocalAddress[] {
  const words = given.length === 0 ? ['localhost'] : splitNames(given);
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
