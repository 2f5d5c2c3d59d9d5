import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type Listener, listen } from '../sandbox/listen.ts';
import type { Authority } from './certificates.ts';

/** Starts an HTTPS server on a free port of 127.0.0.1, with a certificate of the authority. */
export async function listenSecurely(
  authority: Authority,
  serve: RequestListener,
  commonName = 'server',
): Promise<Listener> {
  const ips = ['127.0.0.1'];
  const serving = await authority.issue({ commonName, usage: 'server', ips });
  return listen(createServer(serving, serve), '127.0.0.1');
}
