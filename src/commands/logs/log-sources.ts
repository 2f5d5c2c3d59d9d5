import { UsageFailure } from '../../errors.ts';
import { isNodeName, type Pod } from '../../objects.ts';
import { chooseContainer, containerNames } from '../shared/pod/choose-container.ts';
import { type PodChoice, parsePod } from '../shared/pod/pod-choice.ts';

/** The pods to print logs of. */
export interface PodSelection {
  readonly pods: readonly PodChoice[];
  /** Objects such as `deploy/web`, whose selectors choose pods. */
  readonly workloads: readonly Workload[];
  /** Label selector in the syntax of -l; empty if not given. */
  readonly labels: string;
}

export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** Kinds that choose pods by a selector, with the names that kubectl accepts for them and their paths in the API server. */
export const workloadKinds = {
  Deployment: {
    word: /^deploy(?:ments?)?(?:\.apps)?$/,
    api: '/apis/apps/v1',
    plural: 'deployments',
  },
  ReplicaSet: {
    word: /^(?:replicasets?|rs)(?:\.apps)?$/,
    api: '/apis/apps/v1',
    plural: 'replicasets',
  },
  StatefulSet: {
    word: /^(?:statefulsets?|sts)(?:\.apps)?$/,
    api: '/apis/apps/v1',
    plural: 'statefulsets',
  },
  DaemonSet: {
    word: /^(?:daemonsets?|ds)(?:\.apps)?$/,
    api: '/apis/apps/v1',
    plural: 'daemonsets',
  },
  Job: { word: /^jobs?(?:\.batch)?$/, api: '/apis/batch/v1', plural: 'jobs' },
  Service: { word: /^(?:services?|svc)$/, api: '/api/v1', plural: 'services' },
} as const;

type WorkloadKind = keyof typeof workloadKinds;

/** Parses an object such as `deploy/web`; undefined for another word. */
export function parseWorkload(text: string): Workload | undefined {
  const [, word = '', name = ''] = /^([a-z.]+)\/(.+)$/.exec(text) ?? [];
  const kinds = Object.keys(workloadKinds) as WorkloadKind[];
  const kind = kinds.find((each) => workloadKinds[each].word.test(word));
  if (kind === undefined) return undefined;
  if (isNodeName(name)) return { kind, name };
  throw new UsageFailure(`invalid POD "${text}": must be POD, NAMESPACE/POD or ${word}/NAME`);
}

/** Parses arguments into pods and objects with a selector. */
export function parseSelection(args: readonly string[], labels: string): PodSelection {
  const parsed = args.map((text) => parseWorkload(text) ?? parsePod(text));
  return {
    pods: parsed.flatMap((each) => ('kind' in each ? [] : { ...each, container: '' })),
    workloads: parsed.flatMap((each) => ('kind' in each ? each : [])),
    labels,
  };
}

/** The log of one container. */
export interface LogSource {
  /** Uid of the pod and name of the container. A later pod may have the same name, but not the same uid. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Name of the node; undefined before the pod has one. */
  readonly node: string | undefined;
  /** Number of restarts before the instance that runs or ran last; undefined before the first start. */
  readonly instance: number | undefined;
  /** Whether the pod has ended, after which no instance starts. */
  readonly isOver: boolean;
}

export interface ContainerChoice {
  /** Name of the container; empty for the default or first container. */
  readonly container: string;
  readonly allContainers: boolean;
}

/** Returns the log sources of pods in the order of the pods. A pod without the named container has none. */
export function sourcesOf(pods: readonly Pod[], choice: ContainerChoice): readonly LogSource[] {
  return pods.flatMap((pod) => {
    const { metadata, spec, status } = pod;
    const all = containerNames(pod);
    const names = choice.allContainers
      ? all
      : choice.container === ''
        ? [chooseContainer(pod, '', () => {})]
        : all.filter((name) => name === choice.container);
    // A map keeps lookups fast, because a kubelet may list any number of containers.
    const statuses = new Map(
      [
        ...(status?.containerStatuses ?? []),
        ...(status?.initContainerStatuses ?? []),
        ...(status?.ephemeralContainerStatuses ?? []),
      ].map((each) => [each.name, each]),
    );
    return names.map((container): LogSource => {
      const own = statuses.get(container);
      const hasStarted =
        own && (own.state?.running ?? own.state?.terminated ?? own.lastState?.terminated);
      return {
        id: `${metadata.uid ?? `${metadata.namespace}/${metadata.name}`}/${container}`,
        ...{ namespace: metadata.namespace, pod: metadata.name, container },
        node: spec.nodeName || undefined,
        instance: hasStarted ? (own.restartCount ?? 0) : undefined,
        isOver: /^(?:Succeeded|Failed)$/.test(status?.phase ?? ''),
      };
    });
  });
}

/** Returns the request for a log. @param query empty for the whole log */
export function logRequest(
  { namespace, pod, container }: Pick<LogSource, 'namespace' | 'pod' | 'container'>,
  query: string,
): { readonly method: string; readonly path: string } {
  const place = [namespace, pod, container].map(encodeURIComponent).join('/');
  return { method: 'GET', path: `/containerLogs/${place}${query === '' ? '' : `?${query}`}` };
}

/** Returns the name of a source for messages. */
export function titleOf({ namespace, pod, container }: LogSource): string {
  return `${namespace}/${pod}/${container}`;
}
