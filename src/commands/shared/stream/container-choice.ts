import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { addressChoiceOf, parseStreamVia } from '../../../cli/kubelets.ts';
import { nodeOptions, type PathSettings } from '../../../cli/node-options.ts';
import { declare, type ValuesOf } from '../../../cli/option.ts';
import { parseAddress, parsePositiveDuration } from '../../../cli/parse-options.ts';
import { notTogether, UsageFailure } from '../../../errors.ts';
import { isNodeName } from '../../../objects.ts';
import { command } from '../../../text/command.ts';
import { type PodChoice, parsePod } from '../pod/pod-choice.ts';

export const streamOptions = {
  container: () =>
    declare.selection.text(
      '-c,--container',
      "Container name. Defaults to the pod's default container, else the first.",
      { completes: 'container' },
    ),
  kubeletAddress: () =>
    declare.node.text('--kubelet-address', 'Kubelet at HOST or HOST:PORT. Needs no API server.'),
  timeout: () => nodeOptions.timeout('Time limit for the stream to start.'),
};

type KubeletPlace =
  /** The API server knows the node of the pod. */
  | { readonly kind: 'pod' }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'address'; readonly host: string; readonly port: number };

export interface ContainerChoice extends PathSettings {
  readonly place: KubeletPlace;
  readonly pod: PodChoice;
  /** Limit in ms for a stream to begin. */
  readonly timeoutMs: number;
}

interface ContainerOptions
  extends Pick<ClusterCommand, 'globals' | 'given'>,
    ValuesOf<Pick<typeof streamOptions, 'kubeletAddress' | 'timeout'>> {
  readonly container?: string;
  readonly node: string;
  readonly via: string;
}

export function parseContainerChoice(
  pod: string | undefined,
  options: ContainerOptions,
  via: PathSettings['via'] = parseStreamVia(options),
): ContainerChoice {
  const { namespace } = options.globals;
  const addresses = addressChoiceOf(options.globals);
  const { container = '', kubeletAddress, node } = options;
  const place: KubeletPlace =
    kubeletAddress !== ''
      ? { kind: 'address', ...parseAddress(kubeletAddress, addresses.port) }
      : node === ''
        ? { kind: 'pod' }
        : { kind: 'node', name: checkNode(node) };
  if (pod === undefined) throw new UsageFailure('missing POD', { hints: [listPods(place)] });
  if (via === 'apiserver' && place.kind !== 'pod')
    throw notTogether(place.kind === 'node' ? '--node' : '--kubelet-address', '--via apiserver', {
      why: 'the API server finds the node by the pod',
    });
  const timeoutMs = parsePositiveDuration('--timeout', options.timeout);
  const choice = parsePod(pod);
  if (namespace !== '' && choice.namespace !== '' && namespace !== choice.namespace)
    throw new UsageFailure(
      `--namespace ${namespace} and ${pod} are two namespaces: use one of them`,
    );
  return { place, pod: { ...choice, container }, via, ...addresses, timeoutMs };
}

function checkNode(word: string): string {
  const name = word.replace(/^(?:nodes?|no)\//, '');
  if (isNodeName(name)) return name;
  throw new UsageFailure(`invalid --node value "${word}": must be the name of a node`, {
    hints: ['kubectl get nodes'],
  });
}

function listPods(place: KubeletPlace): string {
  if (place.kind === 'node') return command`kubectl kubeletaccess get pods -A --node ${place.name}`;
  return place.kind === 'address'
    ? command`kubectl kubeletaccess get pods -A --kubelet-address ${place.host}`
    : 'kubectl get pods -A';
}
