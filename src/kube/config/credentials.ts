import { Failure } from '../../errors.ts';
import type { ExecCredentials } from '../exec/credential-cache.ts';
import type { ExecCredential } from '../exec/exec-credential.ts';
import { readInput } from '../files.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { UserInfo } from '../transport/url.ts';

/** What one request shows of its caller. */
export interface Credential {
  /** The header's value. */
  readonly authorization: string | undefined;
  /** What of it is a token. */
  readonly token: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
}

/** Credentials may change while we run: a token file is written anew, what a plugin gave expires. */
export interface Credentials {
  current(signal: AbortSignal): Promise<Credential>;
  /** The API server said 401 to it. The request is not sent again, just as kubectl does not; the next one has what is fresh. */
  rejected(credential: Credential, signal: AbortSignal): Promise<void>;
}

export function fixedCredentials(credential: Credential): Credentials {
  return { current: async () => credential, rejected: async () => {} };
}

export function basicCredential(
  user: UserInfo,
  clientCertificate: ClientCertificate | undefined,
): Credential {
  const encoded = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  return { authorization: `Basic ${encoded}`, token: undefined, clientCertificate };
}

export function tokenCredential(
  token: string,
  clientCertificate: ClientCertificate | undefined,
): Credential {
  const value = headerValue(token);
  if (value === undefined)
    throw new Failure('the token has characters that no HTTP header can carry');
  return { authorization: `Bearer ${value}`, token, clientCertificate };
}

export function certificateCredential(
  clientCertificate: ClientCertificate | undefined,
): Credential {
  return { authorization: undefined, token: undefined, clientCertificate };
}

/** A token in a file, which is read again for each request. `first` stands as long as the file has none. */
export function tokenFileCredentials(
  path: string,
  first: string,
  clientCertificate: ClientCertificate | undefined,
): Credentials {
  let last = first;
  return {
    current: async () => {
      last = readToken(path) ?? last;
      return tokenCredential(last, clientCertificate);
    },
    rejected: async () => {},
  };
}

/** Undefined if it cannot be read, or is empty. */
function readToken(path: string): string | undefined {
  try {
    return trimSpace(readInput('tokenFile', path, '/').toString('utf8')) || undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** As Go trims: of a byte order mark, which is no space there, JavaScript's own would make nothing. */
export function trimSpace(text: string): string {
  const space = '(?:[^\\S\uFEFF]|\x85)';
  return text.replaceAll(new RegExp(`^${space}+|${space}+$`, 'g'), '');
}

/** What an exec plugin gives. User and password in the server's URL go before its token, but not its certificate. */
export function pluginCredentials(
  plugin: ExecCredentials,
  user: UserInfo | undefined,
): Credentials {
  const origins = new WeakMap<Credential, ExecCredential>();
  return {
    current: async (signal) => {
      const origin = await plugin.current(signal);
      const credential = fromPlugin(origin, user);
      origins.set(credential, origin);
      return credential;
    },
    rejected: async (credential, signal) => {
      const origin = origins.get(credential);
      if (origin) await plugin.refresh(origin, signal);
    },
  };
}

function fromPlugin(
  { token, clientCertificate }: ExecCredential,
  user: UserInfo | undefined,
): Credential {
  if (user) return basicCredential(user, clientCertificate);
  if (token === undefined) return certificateCredential(clientCertificate);
  return tokenCredential(token, clientCertificate);
}

/**
 * Text goes as UTF-8, byte for byte, as kubectl sends it; Node writes each character of a header as one byte. Undefined for
 * what no header can carry.
 */
export function headerValue(text: string): string | undefined {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return undefined;
  return Buffer.from(text, 'utf8').toString('latin1');
}
