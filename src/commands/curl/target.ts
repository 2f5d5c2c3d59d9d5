import { parseOneOf } from '../../cli/parse-options.ts';
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

export function parseTarget(options: TargetOptions): KubeletTarget {
  const { node, address, types, port } = options;
  const via = parseOneOf('--via', options.via, ['direct', 'apiserver'] as const);
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
