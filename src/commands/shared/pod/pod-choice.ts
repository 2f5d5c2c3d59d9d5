import { UsageFailure } from '../../../errors.ts';
import { isNodeName } from '../../../objects.ts';
import { command } from '../../../text/command.ts';

export interface PodChoice {
  /** Namespace; empty for the namespace of --namespace or of the context. */
  readonly namespace: string;
  readonly name: string;
  /** Container; empty for the default or first container. */
  readonly container: string;
}

/** kubectl logs and exec accept these kinds in place of a pod, but kubelets do not know them. */
const otherKinds =
  /^(?:deploy(?:ments?)?|services?|svc|statefulsets?|sts|daemonsets?|ds|replicasets?|rs|jobs?|cronjobs?|cj)$/;

/** Parses `POD`, `pod/POD` or `NAMESPACE/POD`. */
export function parsePod(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace = '', name = ''] =
    /^(?:pods?\/|po\/|([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  const kind = text.slice(0, Math.max(0, text.indexOf('/')));
  if (/^(?:nodes?|no)$/.test(kind))
    throw new UsageFailure(`"${text}" is a node, and no pod`, {
      hints: [command`for its pods: --node ${name}`],
    });
  if (otherKinds.test(kind))
    throw new UsageFailure(`"${text}" is not a pod: must be POD, pod/POD or NAMESPACE/POD`, {
      hints: ['kubectl get pods', `in a namespace of that name: -n ${kind} ${name}`],
    });
  if (!isNodeName(name))
    throw new UsageFailure(`invalid POD "${text}": must be POD, pod/POD or NAMESPACE/POD`);
  return { namespace, name };
}

/** Throws a UsageFailure for an invalid namespace. @param fallback the namespace of a pod that was given without one */
export function inNamespace(pod: PodChoice, fallback: string): PodChoice {
  const namespace = pod.namespace || fallback;
  // Namespaces become part of paths, and have the same valid names as nodes.
  if (isNodeName(namespace)) return { ...pod, namespace };
  throw new UsageFailure(`invalid namespace "${namespace}": must be the name of a namespace`, {
    hints: ['kubectl get namespaces'],
  });
}
