import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { nodeOptions, paths, splitNodes } from '../../cli/node-options.ts';
import { completing } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseOneOf } from '../../cli/parse-options.ts';
import { serviceAccountOption } from '../../cli/service-account.ts';
import { exitCodes, notTogether, UsageFailure } from '../../errors.ts';
import { isSubresource, type NodeSubresource } from '../../kubelet/endpoints.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { namelessFormats, printerOf, tableOptions } from '../shared/rows/table-options.ts';
import { endpointsView, listEndpoints, servedView } from './rows.ts';

export class EndpointsCommand extends ClusterCommand {
  static override paths = [['endpoints']];
  static override readonly uses = [] as const;
  static override usage = describe({
    details:
      'List the paths that kubelets serve, their short names, and the permission that each needs. -o wide adds HTTP methods and what each path returns.\n\nWithout NODE, list paths for the newest kubelets and for those before 1.33. With NODE, list paths of its version, and which of them you may call; nothing is sent to the kubelet. With a permission such as nodes/metrics, list the paths that it allows.',
    examples: [
      ['List the endpoints of kubelets', 'kubectl kubeletaccess endpoints'],
      ['What may I call on a node?', 'kubectl kubeletaccess endpoints node-1'],
      [
        'What may an agent call?',
        'kubectl kubeletaccess endpoints node-1 --as-serviceaccount monitoring/prometheus',
      ],
    ],
  });

  name = completing('node', Option.String({ required: false, name: 'NODE|PERMISSION' }));
  node = nodeOptions.node();
  via = nodeOptions.via('Way whose permissions to check: direct or apiserver.');
  serviceAccount = serviceAccountOption(
    'Check what this NAMESPACE/NAME may call, instead of what you may.',
  );
  table = tableOptions({ output: outputOption(namelessFormats, templates) });

  override async execute(): Promise<number> {
    const via = parseOneOf('--via', this.via, paths);
    const permission = permissionOf(this.name);
    const [name, ...others] = [
      ...splitNodes(this.node, '--node'),
      ...splitNodes(this.name === undefined || permission ? [] : [this.name], 'NODE'),
    ];
    if (others.length > 0) throw new UsageFailure('endpoints takes one node');
    if (name === undefined) {
      const option =
        this.serviceAccount !== '' ? '--as-serviceaccount' : via !== paths[0] && '--via';
      if (option) throw new UsageFailure(`${option} requires NODE`);
      const print = printerOf(endpointsView, this.table, this);
      await print(listEndpoints(permission));
      return exitCodes.ok;
    }
    if (permission) throw notTogether('PERMISSION', 'NODE');
    const print = printerOf(servedView, this.table, this);
    const { gatherServed } = await import('./gather.ts');
    const { server, endpoints, notes } = await gatherServed(name, via, this.serviceAccount, this);
    await print(endpoints, server);
    for (const note of notes) this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
    return exitCodes.ok;
  }
}

function permissionOf(word: string | undefined): NodeSubresource | undefined {
  const subresource = /^nodes\/(.*)$/.exec(word ?? '')?.[1] ?? '';
  return isSubresource(subresource) ? subresource : undefined;
}
