import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';

/**
 * Returns an IP address in its shortest form; undefined for any other text. As in Go, an IPv6 address that is a mapped IPv4 address becomes
 * the IPv4 address.
 */
export function parseIp(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

/**
 * Returns a function that tests whether an IP address, as parseIp returns it, is in a range such as `10.0.0.0/8`. Undefined if `text` is
 * not a range.
 */
export function parseRange(text: string): ((ip: string) => boolean) | undefined {
  const [, address = '', digits = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const base = parseIp(address);
  if (base === undefined) return undefined;
  // An IPv4-mapped IPv6 address has 96 bits before the IPv4 address.
  const prefix = Number(digits) - (isIPv4(base) && address.includes(':') ? 96 : 0);
  if (prefix < 0 || prefix > (isIPv4(base) ? 32 : 128)) return undefined;
  const family = familyOf(base);
  const range = new BlockList();
  range.addSubnet(base, prefix, family);
  // The family must be compared, because BlockList, unlike Go, also finds IPv4 addresses in IPv6 ranges.
  return (ip) => familyOf(ip) === family && range.check(ip, family);
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIPv4(ip) ? 'ipv4' : 'ipv6';
}
