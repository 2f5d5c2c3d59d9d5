import { Command, Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { limitsOf, openConnection, openServer } from '../../cli/connection.ts';
import {
  addressTypesOf,
  kubeletPortOf,
  openKubelets,
  rejectKubeletFlags,
} from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { parsePositiveDuration } from '../../cli/parse-options.ts';
import { exitCodes } from '../../errors.ts';
import { checkNodeName } from '../../kube/api-server/nodes.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { isHarmlessHeader } from '../../kube/transport/harmless-header.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { findKubelet } from './find-kubelet.ts';
import { printResponse } from './print-response.ts';
import { type CurlRequest, parseRequest } from './request.ts';
import { readRequestBody } from './request-body.ts';
import { parseTarget } from './target.ts';

export class CurlCommand extends ClusterCommand {
  static override paths = [['curl']];
  static override usage = Command.Usage({
    description: 'Send a request to a kubelet',
    details:
      'Send a request to the kubelet of a node and print the response body unchanged. The request goes directly to the address and port in the Node object, over verified TLS, with the credentials of the current context; with --via apiserver it goes through the API server, which authenticates to the kubelet as itself. PATH is a path or a short name, such as summary. Without PATH, list the endpoints of kubelets.',
    examples: [
      ['List the endpoints of kubelets', 'kubectl kubeletaccess curl'],
      [
        'Get CPU, memory and disk usage of a node',
        'kubectl kubeletaccess curl summary --node node-1',
      ],
      [
        'Get it through the API server',
        'kubectl kubeletaccess curl summary --node node-1 --via apiserver',
      ],
      [
        'Set the log level of a kubelet',
        'kubectl kubeletaccess curl -X PUT -d 4 --allow-unsafe loglevel --node node-1',
      ],
    ],
  });

  endpoint = Option.String({ required: false, name: 'PATH' });
  node = declare.selection.text('--node', 'Node whose kubelet to call.');
  address = declare.selection.text(
    '--address',
    'HOST or HOST:PORT of the kubelet, used without a lookup in the API server.',
  );
  via = declare.selection.text(
    '--via',
    'Path to the kubelet: "direct", or "apiserver" for the node proxy of the API server.',
    'direct',
  );
  method = declare.request.text(
    '-X,--request',
    'HTTP method. Defaults to GET, or POST with --data.',
  );
  headers = declare.request.list(
    '-H,--header',
    'Header to send, as "Name: value". Can be repeated.',
  );
  data = declare.request.textIfGiven(
    '-d,--data',
    'Body to send. @FILE reads a file, @- standard input.',
  );
  timeout = declare.request.text(
    '--timeout',
    'How long to wait for a response to begin. Defaults to 60s.',
  );
  allowUnsafe = declare.behavior.flag(
    '--allow-unsafe',
    'Allow a request that runs code or changes something on the node.',
  );
  include = declare.output.flag(
    '-i,--include',
    'Print status line and headers too, also of error responses.',
  );

  override async execute(): Promise<number> {
    if (this.endpoint === undefined) {
      const { renderEndpoints } = await import('./endpoint-table.ts');
      this.context.stdout.write(renderEndpoints());
      return exitCodes.ok;
    }
    const options = this.parseOptions(this.endpoint);
    this.addSecrets(options);
    return this.send(options, await this.withBody(options));
  }

  private parseOptions(path: string): CurlRequest {
    const { method, headers, allowUnsafe, data, include, via, address } = this;
    const target = parseTarget({
      via,
      node: this.node && checkNodeName(this.node),
      address,
      types: addressTypesOf(this.globals),
      port: kubeletPortOf(this.globals),
    });
    if (target.via === 'apiserver') rejectKubeletFlags(this.given, '--via apiserver');
    const hasBody = data !== undefined;
    return {
      ...parseRequest({ path, method, headers, hasBody, allowUnsafe }),
      target,
      data,
      timeoutMs: this.timeout === '' ? undefined : parsePositiveDuration('--timeout', this.timeout),
      include,
    };
  }

  private addSecrets({ headers }: CurlRequest): void {
    for (const [name, values] of Object.entries(headers))
      if (!isHarmlessHeader(name))
        for (const value of [values].flat()) this.context.secrets.addAuthorization(value);
  }

  private async withBody({ method, path, headers, data }: CurlRequest): Promise<Request> {
    if (data === undefined) return { method, path, headers };
    const { context } = this;
    const body = await readRequestBody(data, context.cwd, () => context.stdin, context.signal);
    return { method, path, headers, body };
  }

  private async send(options: CurlRequest, request: Request): Promise<number> {
    const { target, timeoutMs, include } = options;
    const { stdout, stderr, signal } = this.context;
    const limits = timeoutMs === undefined ? undefined : limitsOf(timeoutMs);
    const connection = await openConnection(this, { ownStdin: options.data === '@-' });
    const apiServer = openServer(this, connection, target.via === 'apiserver' ? limits : undefined);
    let kubelet: Kubelet | undefined;
    try {
      const openAccess = () => openKubelets(this, connection);
      kubelet = await findKubelet(target, request, { apiServer, openAccess, signal, limits });
      const response = await kubelet.send(request);
      return await printResponse(kubelet, request, response, { stdout, stderr, signal, include });
    } finally {
      kubelet?.close();
      apiServer.close();
    }
  }
}
