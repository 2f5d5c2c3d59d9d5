import { UsageFailure } from '../../errors.ts';
import { isNodeName, type Pod } from '../../objects.ts';
import { chooseContainer, containerNames, containerOf } from '../shared/pod/choose-container.ts';
import { type PodChoice, parsePod } from '../shared/pod/pod-choice.ts';

export interface PodSelection {
  readonly pods: readonly PodChoice[];
  /** Objects such as `deploy/web`, whose selectors choose pods. */
  readonly workloads: readonly WorkloadName[];
  /** Label selector in the syntax of -l; empty if not given. */
  readonly labels: string;
}

export interface WorkloadName {
  readonly kind: WorkloadKind;
  readonly name: string;
}

const apps = (word: RegExp, plural: string) => ({ word, api: '/apis/apps/v1', plural });

export const workloadKinds = {
  Deployment: apps(/^deploy(?:ments?)?(?:\.apps)?$/, 'deployments'),
  ReplicaSet: apps(/^(?:replicasets?|rs)(?:\.apps)?$/, 'replicasets'),
  StatefulSet: apps(/^(?:statefulsets?|sts)(?:\.apps)?$/, 'statefulsets'),
  DaemonSet: apps(/^(?:daemonsets?|ds)(?:\.apps)?$/, 'daemonsets'),
  Job: { word: /^jobs?(?:\.batch)?$/, api: '/apis/batch/v1', plural: 'jobs' },
  Service: { word: /^(?:services?|svc)$/, api: '/api/v1', plural: 'services' },
};

type WorkloadKind = keyof typeof workloadKinds;

export function parseWorkload(text: string): WorkloadName | undefined {
  const [, word = '', name = ''] = /^([a-z.]+)\/(.+)$/.exec(text) ?? [];
  const kinds = Object.keys(workloadKinds) as WorkloadKind[];
  const kind = kinds.find((each) => workloadKinds[each].word.test(word));
  if (kind === undefined) return undefined;
  if (isNodeName(name)) return { kind, name };
  throw new UsageFailure(`invalid POD "${text}": must be POD, NAMESPACE/POD or ${word}/NAME`);
}

export function parseSelection(args: readonly string[], labels: string): PodSelection {
  const parsed = args.map((text) => parseWorkload(text) ?? parsePod(text));
  return {
    pods: parsed.flatMap((each) => ('kind' in each ? [] : { ...each, container: '' })),
    workloads: parsed.flatMap((each) => ('kind' in each ? each : [])),
    labels,
  };
}

export interface LogSource {
  /** Uid of the pod and name of the container. A later pod may have the same name, but not the same uid. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string | undefined;
  /** Restart count of the last started instance; undefined before the first start. */
  readonly instance: number | undefined;
  /** Whether no further instance starts. */
  readonly isOver: boolean;
}

export interface ContainerFilter {
  /** Name of the container; empty for the default or first container. */
  readonly container: string;
  readonly allContainers: boolean;
  /** Whether one container of one named pod is meant. */
  readonly isOne: boolean;
}

/**
 * Returns the containers in the order of the pods. Leaves out pods that do not have the named container, unless one pod is named.
 * @param note called if the only pod has several containers, and the first one is chosen
 */
export function sourcesOf(
  pods: readonly Pod[],
  choice: ContainerFilter,
  note: (text: string) => void = () => {},
): readonly LogSource[] {
  return pods.flatMap((pod) => {
    const { metadata, spec, status } = pod;
    const all = containerNames(pod);
    const names = choice.allContainers
      ? all
      : choice.isOne || choice.container === ''
        ? [chooseContainer(pod, choice.container, choice.isOne ? note : () => {})]
        : all.filter((name) => name === choice.container);
    // Uses a map for fast lookups, because a kubelet may list any number of containers.
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
        isOver: /^(?:Succeeded|Failed)$/.test(status?.phase ?? '') || hasEnded(pod, container, own),
      };
    });
  });
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

type Containers = Pod['spec']['containers'];
type RestartRule = NonNullable<NonNullable<Containers>[number]['restartPolicyRules']>[number];

/** Whether the container has ended, and its restart policy and rules, or those of the pod, keep it so. */
function hasEnded(pod: Pod, container: string, { state }: Partial<ContainerStatus> = {}): boolean {
  if (!state?.terminated) return false;
  const { exitCode } = state.terminated;
  const { restartPolicy: own, restartPolicyRules: rules = [] } = containerOf(pod, container) ?? {};
  const isIn = (list: Containers) => list?.some(({ name }) => name === container);
  if (isIn(pod.spec.ephemeralContainers)) return true;
  if (rules.some((rule) => matches(rule, exitCode)) || mayRestartAll(pod)) return false;
  const policy = own ?? pod.spec.restartPolicy ?? 'Always';
  // An init container starts again only after a failure, unless it has the policy of a sidecar.
  const isAlways = policy === 'Always' && !(own === undefined && isIn(pod.spec.initContainers));
  return !isAlways && (policy === 'Never' || exitCode === 0);
}

/** Whether a rule restarts its container after this exit code. Source: https://kep.k8s.io/5307 */
function matches({ exitCodes }: RestartRule, exitCode: number): boolean {
  const { operator, values = [] } = exitCodes ?? {};
  return (
    (operator === 'In' || operator === 'NotIn') && values.includes(exitCode) === (operator === 'In')
  );
}

/** Whether the end of any container may restart all others, also those that have ended. Source: https://kep.k8s.io/5532 */
function mayRestartAll({ spec }: Pod): boolean {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ restartPolicyRules = [] }) =>
      restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
}

export function logRequest(
  { namespace, pod, container }: Pick<LogSource, 'namespace' | 'pod' | 'container'>,
  query: string,
): { readonly method: string; readonly path: string } {
  const place = [namespace, pod, container].map(encodeURIComponent).join('/');
  return { method: 'GET', path: `/containerLogs/${place}${query === '' ? '' : `?${query}`}` };
}

export function titleOfSource({ namespace, pod, container }: LogSource): string {
  return `${namespace}/${pod}/${container}`;
}
