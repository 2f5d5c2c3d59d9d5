import { posix } from 'node:path';
import { Failure } from '../../errors.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { encodePath, parseUrl, portNumber, type UserInfo } from './url.ts';

/** Where a server listens. */
export interface ServerAddress {
  readonly secure: boolean;
  /** A name or an IP address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host and port as they are written, for the Host header. */
  readonly authority: string;
  /** Put before every path, percent-encoded; empty, or `/like/this`. */
  readonly prefix: string;
}

/** Reads a server as client-go's DefaultServerURL: without a scheme it is http, and then there may be no path. */
export function parseServer(
  text: string,
  what = 'the server',
): ServerAddress & { readonly user: UserInfo | undefined } {
  const whole = parseUrl(hashless(text));
  const complete = whole?.scheme && (whole.host || whole.port);
  const url = complete ? whole : parseUrl(`http://${text}`);
  const secure = url?.scheme === 'https';
  // Without a host, TLS has no name to verify.
  const nowhere = !url || (secure ? url.host === '' : url.host === '' && url.port === '');
  // Without a scheme a path is no path, to Go.
  if (nowhere || !/^https?$/.test(url.scheme) || (!complete && url.path.length > 1))
    throw new Failure(`${what} must be a URL like https://HOST:PORT`);
  const port = portNumber(what, url.port, secure ? 443 : 80);
  const prefix = encodePath(posix.join('/', url.path).replace(/\/$/, ''));
  const shown = url.host.replace(/%.*/, '');
  const brackets = shown.includes(':') ? `[${shown}]` : shown;
  const authority = url.port === '' ? brackets : `${brackets}:${url.port}`;
  const { user } = url;
  return { secure, host: url.host || 'localhost', port, authority, prefix, user };
}

/** To client-go a server with a path has no fragment: there, a number sign belongs to the path. */
function hashless(text: string): string {
  return text.replace(/^[^/?#]+:\/\/[^/?#]*\/[^?]+/, (start) => start.replaceAll('#', '%23'));
}

/** For sentences: without user and password, and without a port that goes without saying. */
export function formatServer({ secure, host, port, prefix }: ServerAddress): string {
  const authority = formatHostPort({ host, port });
  const usual = port === (secure ? 443 : 80);
  return `${secure ? 'https' : 'http'}://${usual ? authority.replace(/:\d+$/, '') : authority}${prefix}`;
}
