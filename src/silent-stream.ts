import { Writable } from 'node:stream';

/** Takes everything and shows nothing. */
export function silentStream(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
