import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'clipanion';
import { exitCodes, Failure, OutputClosed, UsageFailure } from '../errors.ts';
import { answerFailure } from '../kube/answer-failure.ts';
import { type ApiServer, ApiServerFailure } from '../kube/api-server.ts';
import {
  checkNodeName,
  type Kubelet,
  openDirect,
  openViaApiServer,
  type Via,
} from '../kube/kubelet.ts';
import { type Answer, bodyError, type Request, readText } from '../kube/transport.ts';
import { kubeletAddress, parseHostPort } from '../kubelet/address.ts';
import { kubeletAttributes } from '../kubelet/authorization.ts';
import { isUnsafe } from '../kubelet/endpoints.ts';
import { parseApiServerRefusal } from '../kubelet/refusal.ts';
import { remedyForNodeLookup } from '../kubelet/remedy.ts';
import type { Node } from '../objects.ts';
import { limitsOf } from './connection-command.ts';
import { KubeletCommand } from './kubelet-command.ts';

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
    description: 'direct, or apiserver: through its node proxy.',
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
      const { renderEndpoints } = await import('../output/endpoints.ts');
      this.context.stdout.write(renderEndpoints());
      return exitCodes.ok;
    }
    const via = this.checkTarget();
    const request = await this.request(this.target);
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    let kubelet: Kubelet | undefined;
    try {
      kubelet =
        via === 'apiserver'
          ? openViaApiServer(this.node, apiServer)
          : await this.openDirectly(apiServer, request, () => this.credentials(connection));
      return await this.print(kubelet, request, await kubelet.send(request));
    } finally {
      kubelet?.close();
      apiServer.close();
    }
  }

  private checkTarget(): Via {
    if (this.via !== 'direct' && this.via !== 'apiserver')
      throw new UsageFailure(`--via "${this.via}" is neither direct nor apiserver`);
    if ((this.node === '') === (this.address === ''))
      throw new UsageFailure('name one kubelet: --node NAME or --address HOST', {
        hints: ['kubectl get nodes'],
      });
    if (this.address !== '' && this.via === 'apiserver')
      throw new UsageFailure(
        '--address goes straight to a kubelet: it cannot be used with --via apiserver',
      );
    if (this.node !== '') checkNodeName(this.node);
    return this.via;
  }

  private async request(path: string): Promise<Request> {
    const absolute = encodePath(path.startsWith('/') ? path : `/${path}`);
    const body = this.data === undefined ? undefined : await this.readData(this.data);
    const method = this.method || (body === undefined ? 'GET' : 'POST');
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method) || method === 'CONNECT')
      throw new UsageFailure(`"${method}" is not a method that can be sent`);
    if (!this.allowUnsafe && isUnsafe(method, absolute))
      throw new UsageFailure(`${method} ${absolute} runs code or changes something on the node`, {
        hints: ['if you mean it: --allow-unsafe'],
      });
    return { method, path: absolute, headers: parseHeaders(this.headers), body };
  }

  private async readData(data: string): Promise<string | Buffer> {
    if (!data.startsWith('@')) return data;
    const path = data.slice(1);
    try {
      if (path !== '-') return readFileSync(path);
      const chunks: Buffer[] = [];
      for await (const chunk of this.context.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    } catch (cause) {
      throw new Failure(`cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  private async openDirectly(
    apiServer: ApiServer,
    request: Request,
    credentials: () => ReturnType<KubeletCommand['credentials']>,
  ): Promise<Kubelet> {
    const limits = limitsOf(
      this.timeout === '' ? undefined : this.duration('--timeout', this.timeout),
    );
    const signal = this.context.signal;
    if (this.address !== '') {
      const target = parseHostPort(this.address, this.port());
      if (!target) throw new UsageFailure(`"${this.address}" is not HOST or HOST:PORT`);
      return openDirect(undefined, target, credentials(), signal, limits);
    }
    // Credentials that no kubelet takes are refused before anything is asked.
    const toward = credentials();
    const types = this.addressTypes();
    const node = await this.readNode(apiServer, request);
    const target = kubeletAddress(node, types, this.port());
    if (!target)
      throw new Failure(`node ${this.node} has no address of type ${types.join(', ')}`, {
        hints: [`kubectl get node ${this.node} -o jsonpath='{.status.addresses}'`],
      });
    return openDirect(this.node, target, toward, signal, limits);
  }

  private async readNode(apiServer: ApiServer, request: Request): Promise<Node> {
    try {
      return await apiServer.get<Node>(`/api/v1/nodes/${this.node}`);
    } catch (error) {
      if (!(error instanceof ApiServerFailure)) throw error;
      const refused = error.status === 403 ? parseApiServerRefusal(error.words) : undefined;
      if (!refused) throw error;
      const { verb, subresources } = kubeletAttributes(
        request.method,
        request.path,
        Number.POSITIVE_INFINITY,
      );
      const { missing, hints } = remedyForNodeLookup(refused.user, verb, subresources);
      throw new Failure(error.message, {
        prefix: error.prefix,
        details: [`missing: ${missing}`],
        hints,
      });
    }
  }

  private async print(kubelet: Kubelet, request: Request, answer: Answer): Promise<number> {
    const { stdout, signal } = this.context;
    const failed = answer.status >= 400;
    if (failed && !this.include)
      throw answerFailure(
        kubelet,
        request,
        answer.status,
        await readText(answer, signal, 1024 * 1024),
      );
    if (this.include) stdout.write(renderHead(answer));
    else if (answer.status >= 300)
      this.context.stderr.write(
        `note: the kubelet points to ${answer.headers.location ?? 'another place'}\n`,
      );
    try {
      await pipeline(answer.body, stdout, { end: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') throw new OutputClosed();
      throw bodyFailure(kubelet, bodyError(error, signal));
    }
    return failed ? exitCodes.error : exitCodes.ok;
  }
}

function bodyFailure(kubelet: Kubelet, error: Error): Error {
  return 'stage' in error
    ? new Failure(`the answer of the ${kubelet.label} broke off: ${error.message}`, {
        cause: error,
      })
    : error;
}

function renderHead(answer: Answer): string {
  const lines = [`HTTP/1.1 ${answer.status} ${answer.statusText}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2)
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** What cannot stand in a request line is percent-encoded; what is encoded already stays as it is. */
function encodePath(path: string): string {
  return path
    .replace(/#.*$/s, '')
    .replaceAll(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
    if (!match?.[1] || /[^\t\x20-\x7e\x80-\xff]/.test(match[2] ?? ''))
      throw new UsageFailure('a header must be "Name: value"', {
        hints: ['-H "Accept: text/plain"'],
      });
    headers[match[1].toLowerCase()] = match[2] ?? '';
  }
  return headers;
}
