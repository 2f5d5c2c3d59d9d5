import { Command, Option } from 'clipanion';
import { limitsOf } from '../../cli/connection-command.ts';
import { KubeletCommand } from '../../cli/kubelet-command.ts';
import { exitCodes, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { lookUpNode } from '../../kube/api-server/nodes.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import {
  checkNodeName,
  type Kubelet,
  openDirect,
  openDirectTo,
  openViaApiServer,
} from '../../kube/kubelet/kubelet.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { parseHostPort } from '../../kubelet/address.ts';
import { isUnsafe } from '../../kubelet/unsafe-request.ts';
import { printAnswer } from './print-response.ts';
import { requestHeaders, requestMethod, requestPath } from './request.ts';
import { readRequestBody } from './request-body.ts';

/** Which kubelet, and how to get there: the options, checked. */
type Route =
  | { readonly via: 'apiserver'; readonly node: string }
  | { readonly via: 'address'; readonly host: string; readonly port: number }
  | {
      readonly via: 'node';
      readonly node: string;
      readonly types: readonly string[];
      readonly port: number | undefined;
    };

export class CurlCommand extends KubeletCommand {
  static override paths = [['curl']];
  static override usage = Command.Usage({
    description: 'Call a kubelet, with the credentials of the current context',
    details:
      'Send a request to the kubelet of a node and print its answer as it comes, byte for byte. It goes straight to the address and port that the Node object has, over verified TLS; --via apiserver sends it through the API server instead, which then asks with an identity of its own. Without PATH: the table of what kubelets serve.',
    examples: [
      ['What kubelets serve', 'kubectl kubeletaccess curl'],
      ["A node's numbers", 'kubectl kubeletaccess curl /stats/summary --node node-1'],
      [
        'The same by way of the API server',
        'kubectl kubeletaccess curl /stats/summary --node node-1 --via apiserver',
      ],
      [
        'Set the log level of a kubelet',
        'kubectl kubeletaccess curl -X PUT -d 4 --allow-unsafe /debug/flags/v --node node-1',
      ],
    ],
  });

  target = Option.String({ required: false, name: 'PATH' });
  node = Option.String('--node', '', { description: 'The node whose kubelet is called.' });
  address = Option.String('--address', '', {
    description: 'HOST or HOST:PORT of the kubelet, without asking the API server.',
  });
  via = Option.String('--via', 'direct', {
    description: 'direct (default), or apiserver: through its node proxy.',
  });
  method = Option.String('-X,--request', '', {
    description: 'HTTP method (default GET, or POST with data).',
  });
  headers = Option.Array('-H,--header', [], {
    description: 'Header to send, "Name: value"; may be repeated.',
  });
  data = Option.String('-d,--data', {
    description: 'Body to send; @FILE reads a file, @- standard input.',
  });
  include = Option.Boolean('-i,--include', false, {
    description: 'Print status line and headers too, whatever the status.',
  });
  timeout = Option.String('--timeout', '', {
    description: 'How long the answer may take to begin (default 60s).',
  });
  allowUnsafe = Option.Boolean('--allow-unsafe', false, {
    description: 'Allow a request that runs code or changes something on the node.',
  });

  override async execute(): Promise<number> {
    if (this.target === undefined) {
      const { renderEndpoints } = await import('./endpoint-table.ts');
      this.context.stdout.write(renderEndpoints());
      return exitCodes.ok;
    }
    const route = this.route();
    const limits =
      this.timeout === '' ? undefined : limitsOf(this.duration('--timeout', this.timeout));
    const request = await this.request(this.target);
    const connection = this.connection();
    const apiServer = this.apiServer(connection, route.via === 'apiserver' ? limits : undefined);
    let kubelet: Kubelet | undefined;
    try {
      kubelet = await this.open(route, request, connection, apiServer, limits);
      const { stdout, stderr, signal } = this.context;
      const printing = { stdout, stderr, signal, include: this.include };
      return await printAnswer(kubelet, request, await kubelet.send(request), printing);
    } finally {
      kubelet?.close();
      apiServer.close();
    }
  }

  private route(): Route {
    if (this.via !== 'direct' && this.via !== 'apiserver')
      throw new UsageFailure(`--via "${this.via}" is neither direct nor apiserver`);
    if ((this.node === '') === (this.address === ''))
      throw new UsageFailure('name one kubelet: --node NAME or --address HOST', {
        hints: ['kubectl get nodes'],
      });
    if (this.via === 'apiserver') this.refuseKubeletFlags('--via apiserver');
    if (this.address === '') {
      const node = checkNodeName(this.node);
      return this.via === 'apiserver'
        ? { via: 'apiserver', node }
        : { via: 'node', node, types: this.addressTypes(), port: this.port() };
    }
    if (this.via === 'apiserver')
      throw new UsageFailure(
        '--address goes straight to a kubelet: it cannot be used with --via apiserver',
      );
    const target = parseHostPort(this.address, this.port());
    if (!target) throw new UsageFailure(`--address "${this.address}" is not HOST or HOST:PORT`);
    return { via: 'address', ...target };
  }

  private async request(target: string): Promise<Request> {
    const path = requestPath(target);
    const method = requestMethod(this.method || (this.data === undefined ? 'GET' : 'POST'));
    const headers = requestHeaders(this.headers);
    if (!this.allowUnsafe && isUnsafe(method, path))
      throw new UsageFailure(`${method} ${path} runs code or changes something on the node`, {
        hints: ['if you mean it: --allow-unsafe'],
      });
    const body = this.data === undefined ? undefined : await this.body(this.data);
    return { method, path, headers, body };
  }

  protected override stdinAvailable(): boolean {
    return this.data !== '@-';
  }

  private body(data: string): Promise<string | Buffer> {
    const { context } = this;
    return readRequestBody(data, context.cwd, () => context.stdin, context.signal);
  }

  private async open(
    route: Route,
    request: Request,
    connection: ApiConnection,
    apiServer: ApiServer,
    limits: Limits | undefined,
  ): Promise<Kubelet> {
    if (route.via === 'apiserver') return openViaApiServer(route.node, apiServer);
    // Before anything is asked: what no kubelet takes, or must not see, is refused here.
    const access = await this.kubeletAccess(connection);
    const { signal } = this.context;
    if (route.via === 'address') return openDirect(undefined, route, access, signal, limits);
    const { node, types, port } = route;
    const found = await lookUpNode(apiServer, node, request);
    return openDirectTo(found, types, port, access, signal, limits);
  }
}
