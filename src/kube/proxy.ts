import { BlockList, isIP, isIPv6 } from 'node:net';
import { Failure } from '../errors.ts';
import { formatHostPort } from '../kubelet/address.ts';
import type { ServerAddress } from './server.ts';
import { type ParsedUrl, parseUrl, type UserInfo } from './url.ts';

/** A proxy between us and a server. */
export interface ProxyServer {
  readonly scheme: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly user: UserInfo | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

/** Reads a `proxy-url`, by kubectl's rules. */
export function parseProxyUrl(what: string, text: string): ProxyServer {
  const url = parseUrl(text);
  const proxy = url && asProxy(url);
  // What stands before an @ may be a password.
  const shown = text.replace(/^([^/]*\/\/)?.*@/s, '$1…@');
  if (!url) throw new Failure(`${what} "${shown}" is not a URL`);
  if (!proxy)
    throw new Failure(`${what} "${shown}" is not one of http://, https:// or socks5://HOST:PORT`);
  return proxy;
}

/** For sentences: without user and password. */
export function formatProxy(proxy: ProxyServer): string {
  return `${proxy.scheme}://${formatHostPort(proxy)}`;
}

function asProxy(url: ParsedUrl): ProxyServer | undefined {
  const { scheme, host, port, user } = url;
  if ((scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') || host === '')
    return undefined;
  return { scheme, host, port: Number(port) || defaultPorts[scheme], user };
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY choose for a server; undefined if none.
 * Source: golang.org/x/net/http/httpproxy.
 */
export function environmentProxy(env: Environment, server: ServerAddress): ProxyServer | undefined {
  const names = server.secure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const proxy = looseProxy(firstSet(env, names));
  if (!proxy) return undefined;
  if (!server.secure && env['REQUEST_METHOD'])
    throw new Failure(
      'HTTP_PROXY is not used where REQUEST_METHOD is set: in a CGI program, a request could have chosen it',
      { hints: ['unset one of the two'] },
    );
  return isExempt(firstSet(env, ['NO_PROXY', 'no_proxy']), server) ? undefined : proxy;
}

function firstSet(env: Environment, names: readonly string[]): string {
  return names.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
}

/** As Go: without a scheme it is http, and what cannot be read is no proxy. */
function looseProxy(text: string): ProxyServer | undefined {
  if (text === '') return undefined;
  const url = parseUrl(text);
  const plain = parseUrl(`http://${text}`);
  return (url && asProxy(url)) ?? (plain && asProxy(plain));
}

function isExempt(noProxy: string, { host, port }: ServerAddress): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost') return true;
  const family = isIP(name);
  if (family !== 0 && listOf('127.0.0.0/8', '::1/128').check(name, family === 6 ? 'ipv6' : 'ipv4'))
    return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), name, port));
}

function matches(entry: string, name: string, port: number): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (isCidr(entry))
    return isIP(name) !== 0 && listOf(entry).check(name, isIPv6(name) ? 'ipv6' : 'ipv4');
  const { host, only } = splitPort(entry);
  if (host === '' || (only !== '' && only !== String(port))) return false;
  if (isIP(host) !== 0)
    return isIP(name) !== 0 && listOf(host).check(name, isIPv6(name) ? 'ipv6' : 'ipv4');
  const domain = host.replace(/^\*\./, '.');
  return name.endsWith(domain.startsWith('.') ? domain : `.${domain}`) || name === domain;
}

/** Go's net.SplitHostPort; what it cannot split is all host. */
function splitPort(entry: string): { host: string; only: string } {
  const [, bracketed, host = bracketed, only] =
    /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(entry) ?? [];
  return host === undefined || only === undefined ? { host: entry, only: '' } : { host, only };
}

function isCidr(text: string): boolean {
  const [, address = '', bits] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 6 ? 128 : 32);
}

/** IPv4 addresses inside IPv6 are found, too, as Go finds them. */
function listOf(...entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
