import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiServer } from '../../src/kube/api-server/api-server.ts';
import {
  type Credentials,
  credentialOf,
  fixedCredentials,
} from '../../src/kube/config/credentials.ts';
import { createKeepingAuthority } from './certificates.ts';
import { type ApiServerSettings, openVerified } from './connect.ts';
import { listenSecurely } from './listen-securely.ts';

interface FakeSettings extends ApiServerSettings {
  readonly credentials?: Credentials;
}

const fakeAuthority = createKeepingAuthority('fake-ca');

/** `lines` contains a line for each request, such as `GET /path`. */
export async function withFakeApiServer(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  use: (apiServer: ApiServer, lines: readonly string[]) => Promise<void>,
  settings: FakeSettings = {},
): Promise<void> {
  const authority = await fakeAuthority;
  const lines: string[] = [];
  const { port, stop } = await listenSecurely(authority, (request, response) => {
    lines.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  const url = `https://127.0.0.1:${port}`;
  const { credentials = fixedCredentials(credentialOf({ token: 'token' })) } = settings;
  const apiServer = openVerified({ url, ca: authority.cert }, credentials, settings);
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
