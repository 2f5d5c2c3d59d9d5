import { UsageFailure } from '../../errors.ts';
import { parseHostPort } from '../../kubelet/address.ts';

/** Which kubelet, and by which path. */
export type KubeletTarget =
  | { readonly via: 'apiserver'; readonly node: string }
  | { readonly via: 'address'; readonly host: string; readonly port: number }
  | {
      readonly via: 'node';
      readonly node: string;
      readonly types: readonly string[];
      readonly port: number | undefined;
    };

export interface TargetOptions {
  readonly via: string;
  /** Empty if not given, as is `address`. */
  readonly node: string;
  readonly address: string;
  readonly types: readonly string[];
  readonly port: number | undefined;
}

export function parseTarget({ via, node, address, types, port }: TargetOptions): KubeletTarget {
  if (via !== 'direct' && via !== 'apiserver')
    throw new UsageFailure(`invalid --via value "${via}": must be "direct" or "apiserver"`);
  if (node !== '' && address !== '')
    throw new UsageFailure('--node and --address cannot be used together');
  if (node !== '') return via === 'apiserver' ? { via, node } : { via: 'node', node, types, port };
  if (address === '')
    throw new UsageFailure('missing kubelet: use --node NAME or --address HOST', {
      hints: ['kubectl get nodes'],
    });
  if (via === 'apiserver')
    throw new UsageFailure(
      '--address and --via apiserver cannot be used together: the API server takes node names',
    );
  const target = parseHostPort(address, port);
  // The value may be a URL with a password, and is not repeated.
  if (!target) throw new UsageFailure('invalid --address value: must be HOST or HOST:PORT');
  return { via: 'address', ...target };
}
