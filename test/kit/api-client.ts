import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import {
  type HttpMethod,
  IsomorphicFetchHttpLibrary,
  RequestContext,
} from '@kubernetes/client-node/dist/gen/http/http.js';
import type { KeyPair } from './certificates.ts';

/** Credentials of a client. Without a key pair and a token, the client is anonymous. The server is verified by default. */
export interface Identity extends Partial<KeyPair> {
  readonly ca: string;
  readonly token?: string;
  readonly rejectUnauthorized?: boolean;
}

interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

/** Uses @kubernetes/client-node, because it shares no code with the program. */
export function clientConfig(server: string, identity: Identity): KubeConfig {
  const { ca, cert, key, token, rejectUnauthorized = true } = identity;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server, caData: base64(ca), skipTLSVerify: !rejectUnauthorized },
    {
      name: 'user',
      ...(cert !== undefined && { certData: base64(cert) }),
      ...(key !== undefined && { keyData: base64(key) }),
      ...(token !== undefined && { token }),
    },
  );
  return config;
}

/** Sends one JSON request. Returns the response, whatever its status. */
export type Send = (
  method: HttpMethod,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiAnswer>;

/** Opens a client that keeps its connections. */
export function openApi(server: string, identity: Identity): Send {
  const config = clientConfig(server, identity);
  const http = new IsomorphicFetchHttpLibrary();
  let connections: ReturnType<RequestContext['getDispatcher']>;
  return async (method, path, body, headers = {}) => {
    const request = new RequestContext(server + path, method);
    await config.applySecurityAuthentication(request);
    // Without this, each request would open a new connection.
    connections ??= request.getDispatcher();
    if (connections) request.setDispatcher(connections);
    if (body !== undefined) request.setBody(JSON.stringify(body));
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    for (const [name, value] of Object.entries({ ...type, ...headers }))
      request.setHeaderParam(name, value);
    try {
      const { httpStatusCode, headers, body: content } = await http.send(request).toPromise();
      const text = await content.text();
      const isJson = headers['content-type']?.startsWith('application/json') && text !== '';
      return {
        status: httpStatusCode,
        body: isJson ? (JSON.parse(text) as unknown) : undefined,
        text,
      };
    } catch (error) {
      // fetch hides the error in its cause.
      throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
    }
  };
}
