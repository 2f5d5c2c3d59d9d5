import { createAuthority } from './certificates.ts';
import { listenSecurely } from './listen-securely.ts';

export interface Echo {
  readonly status: number;
  readonly body: string;
  readonly location: string;
}

export const answer: { make: (headers: string) => Echo } = {
  make: () => ({ status: 500, body: '', location: '' }),
};

export async function withEcho(use: (port: number) => Promise<void>): Promise<void> {
  const authority = await createAuthority('echo-ca');
  const { port, stop } = await listenSecurely(authority, (request, response) => {
    const { status, body, location } = answer.make(request.headers.authorization ?? '');
    response.writeHead(status, {
      'content-type': body.startsWith('{') ? 'application/json' : 'text/plain',
      location: location.replaceAll(/[^ -~]/g, ''),
      'x-echo': location.replaceAll(/[^ -~]/g, ''),
    });
    response.end(body);
  });
  try {
    await use(port);
  } finally {
    await stop();
  }
}
