import { notTogether, UsageFailure } from '../errors.ts';
import type { NodeChoice } from '../kube/api-server/choose-nodes.ts';
import type { AddressChoice, HostPort } from '../kubelet/address.ts';
import { isNodeName } from '../objects.ts';
import { declare, type ValuesOf } from './option.ts';
import { parseAddress, parseCount, splitLists } from './parse-options.ts';

export const paths = ['auto', 'direct', 'apiserver'] as const;

export type Path = (typeof paths)[number];

/**
 * Default of --timeout in ms. It is longer than the 30 s that an API server waits for a kubelet, so that the error from the API server
 * still arrives.
 */
const usualTimeoutMs = 35_000;

export const nodeOptions = {
  node: () =>
    declare.node.list('--node', 'Node to call. Can be repeated or comma-separated.', {
      completes: 'nodes',
    }),
  /** Option -l of commands that do not select pods. */
  selector: () =>
    declare.node.text('-l,--selector', 'Nodes with these labels, such as pool=a.', {
      completes: 'label-selector',
      not: ['--kubelet-address'],
    }),
  nodeSelector: () =>
    declare.node.text('--node-selector', 'Nodes with these labels, such as pool=a.', {
      completes: 'label-selector',
    }),
  role: () =>
    declare.node.text('--role', 'Nodes with this role. worker: all but control-plane.', {
      completes: 'node-role',
    }),
  all: () =>
    declare.node.flag('--all', 'All nodes.', {
      not: ['--node', '--selector', '--role', '--kubelet-address'],
    }),
  shard: () => declare.node.text('--shard', 'Only part I of N of the nodes, such as 1/3.'),
  kubeletAddress: () =>
    declare.node.list('--kubelet-address', 'Kubelet at HOST or HOST:PORT. Needs no API server.', {
      not: ['NODE', '--node', '--node-selector', '--role'],
    }),
  via: (help = 'Way: direct, apiserver, or auto (direct if possible).') =>
    declare.node.text('--via', help, { initial: paths[0], completes: paths }),
  timeout: (help = 'Time limit for each node.') =>
    declare.node.text('--timeout', help, { initial: `${usualTimeoutMs / 1000}s` }),
};

export type NodeOptions = ValuesOf<
  Omit<typeof nodeOptions, 'all' | 'selector' | 'timeout' | 'via'>
>;

/** Part `number` of `count` parts of the nodes. The first part is 1. */
export interface Shard {
  readonly number: number;
  readonly count: number;
}

export type KubeletChoice =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'addresses'; readonly addresses: readonly HostPort[] }
  | ({ readonly kind: 'nodes' } & NodeChoice);

/** How requests reach a kubelet. */
export interface PathSettings extends AddressChoice {
  readonly via: Path;
}

/** The kubelets that the options choose, and the path to them. */
export interface FleetChoice extends PathSettings {
  readonly kubelets: KubeletChoice;
  readonly shard: Shard | undefined;
  /** Whether the options can select several kubelets, even if they select only one. */
  readonly isFleet: boolean;
}

/**
 * Returns all nodes if the options choose none.
 * @param names node names given as arguments, equivalent to values of --node
 */
export function parseFleetChoice(
  options: NodeOptions,
  names: readonly string[],
  { via, types, port }: PathSettings,
): FleetChoice {
  const shard = parseShard(options.shard);
  const [first, second] = choicesOf(options, names);
  // Some arguments and selectors are of nodes only for rows of nodes.
  if (first === '--kubelet-address' && second !== undefined) throw notTogether(first, second);
  const kubelets = chosenKubelets(options, names, port);
  if (kubelets.kind === 'addresses' && via !== 'direct')
    throw notTogether('--kubelet-address', `--via ${via}`, {
      why: 'the API server takes node names',
    });
  const isFleet =
    kubelets.kind === 'nodes' ||
    (kubelets.kind === 'addresses' && (kubelets.addresses.length > 1 || shard !== undefined));
  return { kubelets, via, types, port, shard, isFleet };
}

function chosenKubelets(
  { node, nodeSelector: selector, role, shard, kubeletAddress }: NodeOptions,
  args: readonly string[],
  port: number | undefined,
): KubeletChoice {
  if (kubeletAddress.length > 0)
    return {
      kind: 'addresses',
      addresses: splitLists(kubeletAddress).map((text) => parseAddress(text, port)),
    };
  const names = [...splitNodes(node, '--node'), ...splitNodes(args, 'NODE')];
  const hasRule = selector !== '' || role !== '';
  const [name] = names;
  if (name !== undefined && names.length === 1 && !hasRule && shard === '')
    return { kind: 'node', name };
  return { kind: 'nodes', names, selector, role: checkRole(role) };
}

/** Throws a UsageFailure unless the options choose nodes, or all of them by --all. */
export function checkChosen({ all, ...options }: NodeOptions & { readonly all: boolean }): void {
  const [first] = choicesOf(options, []);
  if (all || first !== undefined) return;
  if (options.shard !== '') throw new UsageFailure('--shard needs a choice of nodes: add --all');
  throw new UsageFailure(
    'missing kubelet: use --node NAME, --selector LABELS, --role ROLE, --all or --kubelet-address HOST',
    { hints: ['kubectl get nodes'] },
  );
}

/** Returns the options that choose nodes. */
function choicesOf(
  { kubeletAddress, node, nodeSelector, role }: NodeOptions,
  args: readonly string[],
): readonly string[] {
  return [
    kubeletAddress.length > 0 && '--kubelet-address',
    args.length > 0 && 'NODE',
    node.length > 0 && '--node',
    nodeSelector !== '' && '--selector',
    role !== '' && '--role',
  ].filter((each) => each !== false);
}

/** As in kubectl, `a,b` is a list, and `node/a` is `a`. */
export function splitNodes(lists: readonly string[], flag: string): readonly string[] {
  return splitLists(lists).map((word) => checkNodeWord(word.replace(/^(?:nodes?|no)\//, ''), flag));
}

function checkNodeWord(name: string, flag: string): string {
  if (isNodeName(name)) return name;
  // The word after a mistyped flag may be a secret, so an argument is not printed.
  const what = flag === 'NODE' ? 'NODE' : `${flag} value "${name}"`;
  throw new UsageFailure(`invalid ${what}: must be the name of a node`, {
    kind: 'invalid node',
    hints: ['kubectl get nodes'],
  });
}

export function checkRole(role: string): string {
  if (/^(?:[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/.test(role)) return role;
  throw new UsageFailure(`invalid --role value "${role}": must be a role such as control-plane`);
}

/** Parses `I/N`, from 1/N to N/N; undefined if empty. */
function parseShard(text: string): Shard | undefined {
  if (text === '') return undefined;
  const [, first = '', second = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (first === '')
    throw new UsageFailure(`invalid --shard value "${text}": must be I/N, such as 1/3`);
  const count = parseCount('--shard', second, { least: 1, most: 10_000 });
  return { number: parseCount('--shard', first, { least: 1, most: count }), count };
}
