import { Writable } from 'node:stream';
import type { Secrets } from './text/secrets.ts';

export function silentStream(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Returns a stream that masks secrets in texts. Bytes are not changed, because they are the body of a response. */
export function maskedStream<S extends Writable>(stream: S, secrets: Secrets): S {
  const write = (chunk: unknown, ...more: never[]) =>
    stream.write(typeof chunk === 'string' ? secrets.mask(chunk) : chunk, ...more);
  return new Proxy(stream, {
    get: (target, key) => {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
