import { domainToASCII } from 'node:url';
import { Failure } from '../../errors.ts';

/** A URL as Go's net/url reads it, in which kubectl's servers and proxies are written. */
export interface ParsedUrl {
  /** Lower-case, without a colon; empty if there is none. */
  readonly scheme: string;
  readonly user: UserInfo | undefined;
  /** Without port and brackets; an IPv6 zone is decoded. Empty if there is none. */
  readonly host: string;
  /** Digits, or empty. */
  readonly port: string;
  /** Decoded. */
  readonly path: string;
}

export interface UserInfo {
  readonly name: string;
  readonly password: string;
}

/**
 * Undefined for what Go refuses. JavaScript's own URL is no stand-in: it takes a backslash for a slash and 127.1 or 0x7f.1
 * for an address, drops line breaks, and resolves dots in the path, so that it may end at another server.
 * Source: go/src/net/url/url.go.
 */
export function parseUrl(text: string): ParsedUrl | undefined {
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined;
  const [, letters, rest = ''] = /^([^:/?#]*):(.*)$/.exec(text) ?? [undefined, undefined, text];
  const scheme = letters === undefined ? '' : letters.toLowerCase();
  if (letters !== undefined && !/^[a-z][a-z0-9+.-]*$/.test(scheme)) return undefined;
  const [hierarchy = ''] = rest.split(/[?#]/, 1);
  const [, authority, slashed] = /^\/\/([^/]*)(.*)$/.exec(hierarchy) ?? [];
  // `localhost:8080` is, to Go, a scheme with something opaque behind it.
  const path = decode(slashed ?? (hierarchy.startsWith('/') || scheme === '' ? hierarchy : ''));
  if (path === undefined) return undefined;
  if (authority === undefined) return { scheme, user: undefined, host: '', port: '', path };
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : parseUser(authority.slice(0, at));
  const where = parseHost(authority.slice(at + 1));
  if (!where || (at >= 0 && !user)) return undefined;
  return { scheme, user, ...where, path };
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

/** The port of a URL, or the usual one. No one listens at 0 or above 65535. */
export function portNumber(what: string, port: string, usual: number): number {
  const number = port === '' ? usual : Number(port);
  if (number < 1 || number > 65535) throw new Failure(`${what} has a port that is none: ${port}`);
  return number;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A path as Go writes it: it escapes more than JavaScript does, and less. */
export function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}
