import { createServer as createSecureServer } from 'node:https';
import { listen } from '../sandbox/listen.ts';
import { createAuthority } from './certificates.ts';

export interface Echo {
  readonly status: number;
  readonly body: string;
  readonly location: string;
}

export const answer: { make: (headers: string) => Echo } = {
  make: () => ({ status: 500, body: '', location: '' }),
};

/** Runs `use` with a server that sends the responses of `answer`. */
export async function withEcho(use: (port: number) => Promise<void>): Promise<void> {
  const authority = await createAuthority('echo-ca');
  const { cert, key } = await authority.issue({
    commonName: 'echo',
    usage: 'server',
    ips: ['127.0.0.1'],
  });
  const server = createSecureServer({ cert, key }, (request, response) => {
    const { status, body, location } = answer.make(request.headers.authorization ?? '');
    response.writeHead(status, {
      'content-type': body.startsWith('{') ? 'application/json' : 'text/plain',
      location: location.replaceAll(/[^ -~]/g, ''),
      'x-echo': location.replaceAll(/[^ -~]/g, ''),
    });
    response.end(body);
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    await use(port);
  } finally {
    await stop();
  }
}
