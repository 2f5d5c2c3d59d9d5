import { posix } from 'node:path';
import { Failure } from '../../errors.ts';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { encodePath, parseUrl, portNumber, type UserInfo } from './url.ts';

export interface ServerAddress {
  readonly secure: boolean;
  /** Name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host and port for the Host header, as the user wrote them. */
  readonly authority: string;
  /** Prefix of every path, percent-encoded, such as `/like/this`; may be empty. */
  readonly prefix: string;
}

export function secureAddress(target: HostPort): ServerAddress {
  return { ...target, secure: true, authority: formatHostPort(target), prefix: '' };
}

/** Parses the URL of a server like client-go's DefaultServerURL. Text without a scheme is an http URL, and must not have a path. */
export function parseServer(
  text: string,
  title = 'server',
): ServerAddress & { readonly user: UserInfo | undefined } {
  const whole = parseUrl(hashless(text));
  const complete = whole?.scheme && (whole.host || whole.port);
  const url = complete ? whole : parseUrl(`http://${text}`);
  const secure = url?.scheme === 'https';
  // An https URL needs a host name, because TLS verifies it.
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

/** Encodes each `#` in a path, because in client-go it does not end the path. */
function hashless(text: string): string {
  return text.replace(/^[^/?#]+:\/\/[^/?#]*\/[^?]+/, (start) => start.replaceAll('#', '%23'));
}

/** Returns the prefix for messages. If it contains an @, the part before is not shown: it is probably a password that contains a slash. */
export function shownPrefix({ prefix }: Pick<ServerAddress, 'prefix'>): string {
  return prefix.includes('@') ? `/REDACTED@${prefix.slice(prefix.lastIndexOf('@') + 1)}` : prefix;
}

/** Formats a server for messages, without user, password and default port. */
export function formatServer(address: ServerAddress): string {
  const { secure, host, port } = address;
  const authority = formatHostPort({ host, port });
  const isDefaultPort = port === (secure ? 443 : 80);
  return `${secure ? 'https' : 'http'}://${isDefaultPort ? authority.replace(/:\d+$/, '') : authority}${shownPrefix(address)}`;
}
