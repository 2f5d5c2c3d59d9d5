import type { ClusterCommand } from '../../../cli/cluster-command.ts';
import { addressChoiceOf, parseStreamVia } from '../../../cli/kubelets.ts';
import { type KubeletChoice, nodeOptions, type PathSettings } from '../../../cli/node-options.ts';
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

export interface ContainerChoice extends PathSettings {
  /** The kubelet of --node or --kubelet-address; undefined if the API server tells the node of the pod. */
  readonly kubelets: KubeletChoice | undefined;
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
  const kubelets: KubeletChoice | undefined =
    kubeletAddress !== ''
      ? { kind: 'addresses', addresses: [parseAddress(kubeletAddress, addresses.port)] }
      : node === ''
        ? undefined
        : { kind: 'node', name: checkNode(node) };
  if (pod === undefined) throw new UsageFailure('missing POD', { hints: [listPods(kubelets)] });
  if (via === 'apiserver' && kubelets)
    throw notTogether(node === '' ? '--kubelet-address' : '--node', '--via apiserver', {
      why: 'the API server finds the node by the pod',
    });
  const timeoutMs = parsePositiveDuration('--timeout', options.timeout);
  const choice = parsePod(pod);
  if (namespace !== '' && choice.namespace !== '' && namespace !== choice.namespace)
    throw new UsageFailure(
      `--namespace ${namespace} and ${pod} are two namespaces: use one of them`,
    );
  return {
    ...{ kubelets, pod: { ...choice, container }, ...addresses, timeoutMs },
    // The API server takes names of nodes alone.
    via: kubelets?.kind === 'addresses' ? 'direct' : via,
  };
}

function checkNode(word: string): string {
  const name = word.replace(/^(?:nodes?|no)\//, '');
  if (isNodeName(name)) return name;
  throw new UsageFailure(`invalid --node value "${word}": must be the name of a node`, {
    hints: ['kubectl get nodes'],
  });
}

function listPods(kubelets: KubeletChoice | undefined): string {
  if (kubelets?.kind === 'node')
    return command`kubectl kubeletaccess get pods -A --node ${kubelets.name}`;
  return kubelets?.kind === 'addresses'
    ? command`kubectl kubeletaccess get pods -A --kubelet-address ${kubelets.addresses[0]?.host ?? ''}`
    : 'kubectl get pods -A';
}
