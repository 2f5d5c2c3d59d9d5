import { UsageFailure } from '../../errors.ts';
import { isNodeName } from '../../objects.ts';

/** A pod, by which its node is found. */
export interface PodChoice {
  /** Empty for that of --namespace or the context. */
  readonly namespace: string;
  readonly name: string;
  /** Empty for its only or default container. */
  readonly container: string;
}

export function parsePod(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace = '', name = ''] =
    /^(?:([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  if (name === '')
    throw new UsageFailure(`invalid --pod value "${text}": must be NAME or NAMESPACE/NAME`);
  return { namespace, name };
}

/** The pod in its own namespace, or in `fallback`, which may be any text. */
export function inNamespace(pod: PodChoice, fallback: string): PodChoice {
  const namespace = pod.namespace || fallback;
  // It becomes part of paths. Names of nodes keep to the same rule.
  if (isNodeName(namespace)) return { ...pod, namespace };
  throw new UsageFailure(`invalid namespace "${namespace}": must be the name of a namespace`, {
    hints: ['kubectl get namespaces'],
  });
}
