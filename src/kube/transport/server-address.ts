import { posix } from 'node:path';
import { Failure } from '../../errors.ts';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { encodePath, parseUrl, portNumber, type UserInfo } from './url.ts';

export interface ServerAddress {
  readonly secure: boolean;
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host and port as written, for the Host header. */
  readonly authority: string;
  /** Prefix of every path, percent-encoded; empty, or `/like/this`. */
  readonly prefix: string;
}

/** A server that speaks TLS, without a path prefix. */
export function secureAddress(target: HostPort): ServerAddress {
  return { ...target, secure: true, authority: formatHostPort(target), prefix: '' };
}

/** Parses a server as client-go's DefaultServerURL: without a scheme it is http, and a path is not allowed. */
export function parseServer(
  text: string,
  title = 'server',
): ServerAddress & { readonly user: UserInfo | undefined } {
  const whole = parseUrl(hashless(text));
  const complete = whole?.scheme && (whole.host || whole.port);
  const url = complete ? whole : parseUrl(`http://${text}`);
  const secure = url?.scheme === 'https';
  // TLS needs a host name to verify.
  const nowhere = !url || (secure ? url.host === '' : url.host === '' && url.port === '');
  if (nowhere || !/^https?$/.test(url.scheme) || (!complete && url.path.length > 1))
    throw new Failure(`invalid ${title}: must be a URL like https://HOST:PORT`);
  const port = portNumber(title, url.port, secure ? 443 : 80);
  const prefix = encodePath(posix.join('/', url.path).replace(/\/$/, ''));
  const shown = url.host.replace(/%.*/, '');
  const brackets = shown.includes(':') ? `[${shown}]` : shown;
  const authority = url.port === '' ? brackets : `${brackets}:${url.port}`;
  const { user } = url;
  return { secure, host: url.host || 'localhost', port, authority, prefix, user };
}

/** In client-go, a `#` after a path belongs to the path. */
function hashless(text: string): string {
  return text.replace(/^[^/?#]+:\/\/[^/?#]*\/[^?]+/, (start) => start.replaceAll('#', '%23'));
}

/** For messages: a path with an @ is likely a user and a password, after a slash that was not encoded. */
export function shownPrefix({ prefix }: Pick<ServerAddress, 'prefix'>): string {
  return prefix.includes('@') ? `/REDACTED@${prefix.slice(prefix.lastIndexOf('@') + 1)}` : prefix;
}

/** For messages: without user, password and default port. */
export function formatServer(address: ServerAddress): string {
  const { secure, host, port } = address;
  const authority = formatHostPort({ host, port });
  const isDefaultPort = port === (secure ? 443 : 80);
  return `${secure ? 'https' : 'http'}://${isDefaultPort ? authority.replace(/:\d+$/, '') : authority}${shownPrefix(address)}`;
}
