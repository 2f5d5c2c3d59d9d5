import { domainToASCII } from 'node:url';
import { attempt } from '../../attempt.ts';
import { Failure } from '../../errors.ts';

/** A URL as Go's net/url parses it, which kubectl uses for servers and proxies. */
export interface ParsedUrl {
  /** Scheme in lower case, without the colon; may be empty. */
  readonly scheme: string;
  readonly user: UserInfo | undefined;
  /** Host without port and brackets; the zone of an IPv6 address is decoded. May be empty. */
  readonly host: string;
  /** Port as decimal digits; empty if the URL has none. */
  readonly port: string;
  /** Decoded path. */
  readonly path: string;
}

export interface UserInfo {
  readonly name: string;
  readonly password: string;
}

/**
 * Parses a URL; undefined for text that Go rejects. JavaScript's URL is not used, because it may lead to another server. It reads a
 * backslash as a slash, and 127.1 or 0x7f.1 as an address; it also drops line breaks, and resolves dots in the path.
 * Source: go/src/net/url/url.go.
 */
export function parseUrl(text: string): ParsedUrl | undefined {
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined;
  const [, letters, rest = ''] = /^([^:/?#]*):(.*)$/.exec(text) ?? [undefined, undefined, text];
  const scheme = letters === undefined ? '' : letters.toLowerCase();
  if (letters !== undefined && !/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined;
  const [hierarchy = ''] = rest.split(/[?#]/, 1);
  const [, authority, slashed] = /^\/\/([^/]*)(.*)$/s.exec(hierarchy) ?? [];
  // In Go, `localhost:8080` has the scheme `localhost` and no host.
  const path = decode(slashed ?? (hierarchy.startsWith('/') || scheme === '' ? hierarchy : ''));
  if (path === undefined) return undefined;
  if (authority === undefined) return { scheme, user: undefined, host: '', port: '', path };
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : parseUser(authority.slice(0, at));
  const hostPort = parseHost(authority.slice(at + 1));
  if (!hostPort || (at >= 0 && !user)) return undefined;
  return { scheme, user, ...hostPort, path };
}

function parseUser(text: string): UserInfo | undefined {
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(text)) return undefined;
  const colon = text.includes(':') ? text.indexOf(':') : text.length;
  const name = decode(text.slice(0, colon));
  const password = decode(text.slice(colon + 1));
  return name === undefined || password === undefined ? undefined : { name, password };
}

function parseHost(text: string): { host: string; port: string } | undefined {
  const [, address = '', zone, v6Port = ''] =
    /^\[([0-9A-Fa-f:.]+)(?:%25([^\]]+))?\](?::(\d*))?$/.exec(text) ?? [];
  if (address !== '') {
    const name = zone === undefined ? '' : decode(zone);
    if (name === undefined || !URL.canParse(`http://[${address}]`)) return undefined;
    return { host: name === '' ? address : `${address}%${name}`, port: v6Port };
  }
  const [, host, port = ''] =
    /^([A-Za-z0-9._~!$&'()*+,;=\x80-\uffff-]*)(?::(\d*))?$/.exec(text) ?? [];
  if (host === undefined) return undefined;
  const ascii = /^[\x00-\x7f]*$/.test(host) ? host : domainToASCII(host);
  return host !== '' && ascii === '' ? undefined : { host: ascii, port };
}

/** Returns the port of a URL, or the default port; throws if the port is out of range. */
export function portNumber(title: string, port: string, defaultPort: number): number {
  const number = port === '' ? defaultPort : Number(port);
  if (number < 1 || number > 65535)
    throw new Failure(`invalid ${title}: port ${port} is not between 1 and 65535`);
  return number;
}

function decode(text: string): string | undefined {
  return attempt(() => decodeURIComponent(text));
}

/** Escapes a path as Go does, which differs from encodeURIComponent. */
export function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}
