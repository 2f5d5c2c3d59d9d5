import { Failure, orFailure } from '../../errors.ts';
import { trimEnds } from '../../text/trim.ts';
import { readTextFile } from '../files/read-file.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import type { UserInfo } from '../transport/url.ts';

export interface Credential {
  readonly authorization: string | undefined;
  /** The bearer token in `authorization`. */
  readonly token: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
}

/** Credentials may change while the program runs: token files are rotated, credentials of plugins expire. */
export interface Credentials {
  current(signal: AbortSignal): Promise<Credential>;
  /**
   * Called after the API server responded with 401. Like kubectl, refreshes the credential for later requests, but does not repeat the
   * rejected request.
   */
  rejected(credential: Credential, signal: AbortSignal): Promise<void>;
}

export function fixedCredentials(credential: Credential): Credentials {
  return { current: async () => credential, rejected: async () => {} };
}

export interface CredentialParts extends Partial<Pick<Credential, 'token' | 'clientCertificate'>> {
  readonly user?: UserInfo | undefined;
}

/**
 * Returns a credential with a client certificate and either a user name and password, or a token. If both a user name and a token are
 * given, the token is left out.
 */
export function credentialOf({ user, token, clientCertificate }: CredentialParts): Credential {
  if (user) {
    const encoded = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    return { authorization: `Basic ${encoded}`, token: undefined, clientCertificate };
  }
  if (token === undefined) return { authorization: undefined, token, clientCertificate };
  const value = headerValue(token);
  if (value === undefined)
    throw new Failure('invalid token: contains characters not allowed in an HTTP header');
  return { authorization: `Bearer ${value}`, token, clientCertificate };
}

/** Reads the token file again for each request. While it is unreadable or empty, the last token is used. */
export function tokenFileCredentials(
  path: string,
  first: string,
  clientCertificate: ClientCertificate | undefined,
): Credentials {
  let last = first;
  return {
    current: async (signal) => {
      const read = await orFailure(readTextFile('tokenFile', path, { cwd: '/', signal }));
      if (!(read instanceof Failure)) last = trimSpace(read) || last;
      return credentialOf({ token: last, clientCertificate });
    },
    rejected: async () => {},
  };
}

/** Trims as Go does: String.trim would also remove a byte order mark, which is not a space to Go. */
export function trimSpace(text: string): string {
  return trimEnds(text, (character) => /[^\S\uFEFF]|\x85/.test(character));
}

/**
 * Encodes a header value as UTF-8, as kubectl does, because Node would write each character of a header as one byte. Returns undefined for
 * text with control characters.
 */
export function headerValue(text: string): string | undefined {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) return undefined;
  return Buffer.from(text, 'utf8').toString('latin1');
}
