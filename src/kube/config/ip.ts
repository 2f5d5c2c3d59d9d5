import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as a number. One of IPv4 inside IPv6 is that of IPv4, as for Go. */
export interface Ip {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** `10.0.0.0/8`, `fd00::/8`. */
export interface IpRange extends Ip {
  /** How many bits of it count. */
  readonly prefix: number;
}

export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return { bits: 32, value: number(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const value = number(groups(text), 16n);
  const outside = value >> 32n;
  return outside === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

export function parseRange(text: string): IpRange | undefined {
  const [, address = '', digits = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const ip = parseIp(address);
  // An IPv4 address in IPv6's writing has 96 bits before it.
  const prefix = Number(digits) - (ip?.bits === 32 && address.includes(':') ? 96 : 0);
  return ip && prefix >= 0 && prefix <= ip.bits ? { ...ip, prefix } : undefined;
}

export function contains(range: IpRange, ip: Ip): boolean {
  const rest = BigInt(range.bits - range.prefix);
  return range.bits === ip.bits && range.value >> rest === ip.value >> rest;
}

/** The eight numbers of an IPv6 address. */
function groups(text: string): number[] {
  // A URL has it in its shortest form, without dots.
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const hex = (part: string) =>
    part.split(':').flatMap((group) => (group === '' ? [] : [Number.parseInt(group, 16)]));
  if (tail === undefined) return hex(head);
  const zeros = new Array<number>(8 - hex(head).length - hex(tail).length).fill(0);
  return [...hex(head), ...zeros, ...hex(tail)];
}

function number(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);
}
