import { UsageFailure } from '../errors.ts';
import { parseHostPort } from '../kubelet/address.ts';

/** A kubelet of `--address`, at `port` unless the value has one. */
export function parseAddress(
  text: string,
  port: number | undefined,
): { readonly host: string; readonly port: number } {
  const target = parseHostPort(text, port);
  // The value may be a URL with a password, and is not repeated.
  if (!target) throw new UsageFailure('invalid --address value: must be HOST or HOST:PORT');
  return target;
}
