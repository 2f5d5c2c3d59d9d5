import { Failure } from '../../errors.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import type { Environment } from '../environment.ts';
import { parseIp, parseRange } from './ip.ts';
import type { ServerAddress } from './server-address.ts';
import { type ParsedUrl, parseUrl, portNumber, type UserInfo } from './url.ts';

/** A proxy between us and a server. */
export interface ProxyServer {
  readonly scheme: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly user: UserInfo | undefined;
}

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

/** Reads a `proxy-url`, by kubectl's rules. `what` names it in a refusal. */
export function parseProxyUrl(what: string, text: string): ProxyServer {
  return asProxy(what, parseUrl(text));
}

/** For sentences: without user and password. */
export function formatProxy(proxy: ProxyServer): string {
  return `${proxy.scheme}://${formatHostPort(proxy)}`;
}

function asProxy(what: string, url: ParsedUrl | undefined): ProxyServer {
  const { scheme, host = '', port = '', user } = url ?? {};
  if ((scheme === 'http' || scheme === 'https' || scheme === 'socks5') && host !== '') {
    if (scheme === 'socks5' && user && !fitsSocks(user))
      throw new Failure(`${what} has a user or password that socks5 cannot carry: 1 to 255 bytes`);
    return { scheme, host, port: portNumber(what, port, defaultPorts[scheme]), user };
  }
  // Nothing of it is repeated: where in a faulty URL a password begins and ends, nobody can tell.
  throw new Failure(`${what} is not one of http://, https:// or socks5://HOST:PORT`);
}

function fitsSocks({ name, password }: UserInfo): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes < 256 && Buffer.byteLength(password) < 256;
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY choose for a server; undefined if none.
 * Source: golang.org/x/net/http/httpproxy.
 */
export function environmentProxy(env: Environment, server: ServerAddress): ProxyServer | undefined {
  const names = server.secure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const text = firstSet(env, names);
  const url = text === '' ? undefined : looseUrl(text);
  if (!url) return undefined;
  if (!server.secure && env['REQUEST_METHOD'])
    throw new Failure(
      'HTTP_PROXY is not used where REQUEST_METHOD is set: in a CGI program, a request could have chosen it',
      { hints: ['unset one of the two'] },
    );
  if (isExempt(firstSet(env, ['NO_PROXY', 'no_proxy']), server)) return undefined;
  return asProxy(names.join(' or '), { ...url, scheme: looseScheme(url) });
}

function firstSet(env: Environment, names: readonly string[]): string {
  return names.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
}

/** From the environment Go takes another name for socks5, and whatever else has a port for a proxy that speaks HTTP. */
function looseScheme({ scheme, port }: ParsedUrl): string {
  if (scheme === 'socks5h') return 'socks5';
  return /^(?:https|socks5)$/.test(scheme) || port === '' ? scheme : 'http';
}

/** As Go: what has no scheme is http, and what then cannot be read is no proxy. */
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

/** Go's net.SplitHostPort; what it cannot split is all host. */
function splitPort(entry: string): { host: string; only: string } {
  const [, bracketed, host = bracketed, only] =
    /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(entry) ?? [];
  return host === undefined || only === undefined ? { host: entry, only: '' } : { host, only };
}
