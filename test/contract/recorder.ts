import { request } from 'node:https';
import { type Authority, createAuthority } from '../kit/certificates.ts';
import { listenSecurely } from '../kit/listen-securely.ts';
import type { World } from './world.ts';

/** A server between the program and a kubelet that records the responses of the kubelet. */
export interface Recorder {
  readonly address: string;
  readonly authority: Authority;
  /** Returns the body of the newest response. Called after the whole body has arrived. */
  body(): Buffer;
  stop(): Promise<void>;
}

/**
 * Starts an HTTPS server that forwards requests to the kubelet as admin and records its responses. A second request could not be
 * compared, because some bodies differ at each request.
 */
export async function startRecorder(world: World, node: string): Promise<Recorder> {
  const authority = await createAuthority('recorder-ca');
  const target = await world.kubelet(node);
  let recorded = Buffer.alloc(0);
  const { port, stop } = await listenSecurely(authority, (incoming, response) => {
    const { method, url: path } = incoming;
    const onward = request(
      { ...target, method, path, ...world.admin, ca: world.ca, agent: false },
      (answer) => {
        recorded = Buffer.alloc(0);
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.on('data', (chunk: Buffer) => {
          recorded = Buffer.concat([recorded, chunk]);
        });
        answer.pipe(response);
      },
    );
    onward.on('error', (error) => response.destroy(error));
    incoming.pipe(onward);
  });
  return { address: `127.0.0.1:${port}`, authority, body: () => recorded, stop };
}
