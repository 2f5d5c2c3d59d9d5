import { parseAddress } from '../../cli/parse-address.ts';
import { parseOneOf, parsePositiveDuration } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { isNodeName } from '../../objects.ts';
import { type PodChoice, parsePod } from '../pod/pod-choice.ts';

export const paths = ['direct', 'apiserver'] as const;

/** Where a kubelet is. */
type Place =
  /** By the API server's pod. */
  | { readonly kind: 'pod' }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'address'; readonly host: string; readonly port: number };

/** One container, and the path to it. */
export interface StreamTarget {
  readonly place: Place;
  readonly pod: PodChoice;
  readonly via: (typeof paths)[number];
  /** Types of addresses to try, in order. */
  readonly types: readonly string[];
  /** In place of the port that a node reports. */
  readonly port: number | undefined;
  /** In ms, to connect; undefined for the default. */
  readonly timeoutMs: number | undefined;
}

/** As they are given; empty if not given. */
export interface StreamOptions {
  readonly node: string;
  readonly pod: string;
  readonly container: string;
  readonly address: string;
  readonly via: string;
  readonly timeout: string;
}

/** @param node the argument NODE */
export function parseStreamTarget(
  node: string | undefined,
  options: StreamOptions,
  { types, port }: Pick<StreamTarget, 'types' | 'port'>,
): StreamTarget {
  const { container, address } = options;
  const via = parseOneOf('--via', options.via, paths);
  if (node !== undefined && options.node !== '')
    throw new UsageFailure('NODE and --node cannot be used together');
  const name = node ?? options.node;
  const place: Place =
    address !== ''
      ? { kind: 'address', ...parseAddress(address, port) }
      : name === ''
        ? { kind: 'pod' }
        : { kind: 'node', name: checkNode(name) };
  if (address !== '' && name !== '')
    throw new UsageFailure(`NODE and --address cannot be used together`);
  if (options.pod === '')
    throw new UsageFailure('missing pod: use --pod NAME or --pod NAMESPACE/NAME', {
      hints: [listPods(place)],
    });
  if (via === 'apiserver' && place.kind !== 'pod')
    throw new UsageFailure(
      `${place.kind === 'node' ? 'NODE' : '--address'} and --via apiserver cannot be used together: the API server finds the node by the pod`,
    );
  const timeoutMs =
    options.timeout === '' ? undefined : parsePositiveDuration('--timeout', options.timeout);
  const pod = { ...parsePod(options.pod), container };
  return { place, pod, via, types, port, timeoutMs };
}

function checkNode(name: string): string {
  if (isNodeName(name)) return name;
  throw new UsageFailure(`invalid NODE "${name}": must be the name of a node`, {
    hints: ['kubectl get nodes'],
  });
}

function listPods(place: Place): string {
  const curl = 'kubectl kubeletaccess curl pods -o table';
  if (place.kind === 'node') return `${curl} --node ${place.name}`;
  return place.kind === 'address' ? `${curl} --address ${place.host}` : 'kubectl get pods -A';
}
