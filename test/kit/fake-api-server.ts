import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type ApiServer, openApiServer } from '../../src/kube/api-server/api-server.ts';
import { noSources } from '../../src/kube/config/credential-sources.ts';
import {
  type Credentials,
  credentialOf,
  fixedCredentials,
} from '../../src/kube/config/credentials.ts';
import type { Limits } from '../../src/kube/transport/limits.ts';
import type { RequestLog } from '../../src/kube/transport/request-log.ts';
import { parseServer } from '../../src/kube/transport/server-address.ts';
import { listen } from '../sandbox/listen.ts';
import { createKeepingAuthority } from './certificates.ts';
import { patientLimits } from './hang-limits.ts';

interface FakeSettings {
  readonly limits?: Limits;
  readonly requestTimeout?: number;
  readonly log?: RequestLog;
  readonly signal?: AbortSignal;
  readonly credentials?: Credentials;
}

const fakeAuthority = createKeepingAuthority('fake-ca');

/** `lines` has each request, such as `GET /path`. */
export async function withFakeApiServer(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  use: (apiServer: ApiServer, lines: readonly string[]) => Promise<void>,
  settings: FakeSettings = {},
): Promise<void> {
  const authority = await fakeAuthority;
  const serving = await authority.issue({
    commonName: 'fake',
    usage: 'server',
    ips: ['127.0.0.1'],
  });
  const lines: string[] = [];
  const server = createServer(serving, (request, response) => {
    lines.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  const url = `https://127.0.0.1:${port}`;
  const { limits = patientLimits, requestTimeout = 0, log, signal } = settings;
  const apiServer = openApiServer(
    {
      server: url,
      address: parseServer(url),
      tls: { ca: authority.cert, serverName: undefined, verify: true, peer: 'API server' },
      proxy: undefined,
      credentials: settings.credentials ?? fixedCredentials(credentialOf({ token: 'token' })),
      impersonate: undefined,
      namespace: 'default',
      sources: noSources,
      isServiceAccount: false,
      origin: undefined,
    },
    signal ?? new AbortController().signal,
    { limits, requestTimeout, log },
  );
  try {
    await use(apiServer, lines);
  } finally {
    apiServer.close();
    await stop();
  }
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
