import { Failure } from '../../errors.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import type { Environment } from '../environment.ts';
import { parseIp, parseRange } from './ip.ts';
import type { ServerAddress } from './server-address.ts';
import { type ParsedUrl, parseUrl, portNumber, type UserInfo } from './url.ts';

export interface ProxyServer {
  readonly scheme: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly user: UserInfo | undefined;
}

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

/** Parses a `proxy-url` by kubectl's rules. Error messages use `title` as the name of the setting. */
export function parseProxyUrl(title: string, text: string): ProxyServer {
  return asProxy(title, parseUrl(text));
}

/** Formats a proxy for messages, without user and password. */
export function formatProxy(proxy: ProxyServer): string {
  return `${proxy.scheme}://${formatHostPort(proxy)}`;
}

function asProxy(title: string, url: ParsedUrl | undefined): ProxyServer {
  const { scheme, host = '', port = '', user } = url ?? {};
  if ((scheme === 'http' || scheme === 'https' || scheme === 'socks5') && host !== '') {
    if (scheme === 'socks5' && user && !fitsSocks(user))
      throw new Failure(`invalid ${title}: user and password for socks5 must be 1 to 255 bytes`);
    return { scheme, host, port: portNumber(title, port, defaultPorts[scheme]), user };
  }
  // The error does not contain the value, because this program cannot find the password in an invalid URL to mask it.
  throw new Failure(`invalid ${title}: must be http://, https:// or socks5://HOST:PORT`);
}

function fitsSocks({ name, password }: UserInfo): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes < 256 && Buffer.byteLength(password) < 256;
}

/**
 * Returns the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY configure for a server; undefined for a direct connection.
 * Source: golang.org/x/net/http/httpproxy.
 */
export function environmentProxy(env: Environment, server: ServerAddress): ProxyServer | undefined {
  const names = server.secure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const text = firstSet(env, names);
  const url = text === '' ? undefined : looseUrl(text);
  if (!url) return undefined;
  if (!server.secure && env['REQUEST_METHOD'])
    throw new Failure(
      'refusing to use HTTP_PROXY value in CGI environment (REQUEST_METHOD is set); see golang.org/s/cgihttpproxy',
      { hints: ['unset HTTP_PROXY or REQUEST_METHOD'] },
    );
  if (isExempt(firstSet(env, ['NO_PROXY', 'no_proxy']), server)) return undefined;
  return asProxy(names.join(' or '), { ...url, scheme: looseScheme(url) });
}

function firstSet(env: Environment, names: readonly string[]): string {
  return names.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
}

/**
 * Returns the scheme that Go uses for a proxy URL in an environment variable: socks5 for socks5h, and http for an unknown scheme in a URL
 * with a port.
 */
function looseScheme({ scheme, port }: ParsedUrl): string {
  if (scheme === 'socks5h') return 'socks5';
  return /^(?:https|socks5)$/.test(scheme) || port === '' ? scheme : 'http';
}

/**
 * Parses a URL from an environment variable. As in Go, a URL without a scheme is an http URL, and an invalid URL means that there is no
 * proxy.
 */
function looseUrl(text: string): ParsedUrl | undefined {
  const url = parseUrl(text);
  if (url && url.scheme !== '' && url.host !== '') return url;
  return parseUrl(`http://${text}`) ?? url;
}

function isExempt(noProxy: string, { host, port }: ServerAddress): boolean {
  const name = host.toLowerCase();
  const ip = parseIp(name);
  if (host === 'localhost' || ip === '::1' || ip?.startsWith('127.')) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), name, ip, port));
}

function matches(entry: string, name: string, ip: string | undefined, port: number): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const inRange = parseRange(entry);
  if (inRange) return ip !== undefined && inRange(ip);
  const { host, only } = splitPort(entry);
  if (host === '' || (only !== '' && only !== String(port))) return false;
  const single = parseIp(host);
  if (single !== undefined) return single === ip;
  if (ip !== undefined) return false;
  const domain = host.replace(/^\*\./, '.');
  return name.endsWith(domain.startsWith('.') ? domain : `.${domain}`) || name === domain;
}

/** Like Go's net.SplitHostPort. If the text has no port, the whole text is the host. */
function splitPort(entry: string): { host: string; only: string } {
  const [, bracketed, host = bracketed, only] =
    /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(entry) ?? [];
  return host === undefined || only === undefined ? { host: entry, only: '' } : { host, only };
}
