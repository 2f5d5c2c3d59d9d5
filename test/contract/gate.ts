import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeepingAuthority } from '../kit/certificates.ts';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { listenSecurely } from '../kit/listen-securely.ts';
import type { World } from './world.ts';

/** A proxy between the program and the API server, which passes on requests as admin. */
export interface Gate {
  readonly kubeconfig: string;
  /** Holds the next write with this method to this collection, except dry runs; resolves when the write has arrived. */
  hold(method: string, collection: string): Promise<Held>;
  stop(): Promise<void>;
}

/** A request that the API server has not received yet. */
interface Held {
  pass(): void;
  /** Closes the connection to the program without sending the request to the API server. */
  drop(): void;
  /** Sends the request to the API server, and closes the connection to the program before the response. */
  lose(): void;
}

interface Trap {
  readonly method: string;
  readonly collection: string;
  readonly caught: (held: Held) => void;
}

/** All gates of a process share one certificate authority, because its creation is slow. */
let known: ReturnType<typeof createKeepingAuthority> | undefined;

export async function startGate(world: World): Promise<Gate> {
  known ??= createKeepingAuthority('gate-ca');
  const authority = await known;
  let trap: Trap | undefined;
  const { port, stop } = await listenSecurely(authority, (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const ask = (answered: (answer: IncomingMessage) => void) => {
        const { host: _, authorization: __, ...kept } = headers;
        const options = { method, headers: kept, ...world.admin, ca: world.ca, agent: false };
        const onward = request(world.server + url, options, answered);
        onward.on('error', (error) => response.destroy(error));
        onward.end(body);
      };
      const pass = () =>
        ask((answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
      const drop = () => void response.destroy();
      const lose = () => ask((answer) => answer.resume().on('end', drop));
      if (!trap || !isCaught(trap, method, url, body.toString())) return pass();
      const { caught } = trap;
      trap = undefined;
      caught({ pass, drop, lose });
    });
  });
  const directory = mkdtempSync(join(tmpdir(), 'kubeletaccess-gate-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
  };
  writeFileSync(kubeconfig, kubeconfigText(cluster, { token: 'anything' }));
  return {
    kubeconfig,
    hold: (method, collection) =>
      new Promise((caught) => {
        trap = { method, collection, caught };
      }),
    stop: async () => {
      rmSync(directory, { recursive: true, force: true });
      await stop();
    },
  };
}

/** Whether a request is the write to hold, and not a dry run. A DELETE requests a dry run in its body. */
function isCaught({ method, collection }: Trap, sent: string, url: string, body: string): boolean {
  const { pathname, searchParams } = new URL(url, 'https://gate');
  const isDry = searchParams.has('dryRun') || (sent === 'DELETE' && body.includes('"dryRun"'));
  return sent === method && pathname.split('/').includes(collection) && !isDry;
}
