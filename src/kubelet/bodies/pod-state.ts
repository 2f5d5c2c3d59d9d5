import { type Count, known, sum } from './exact.ts';
import { isSidecar } from './pod-resources.ts';
import type { ContainerStatus, KubeletPod, PodStatus } from './pods.ts';

export interface PodState {
  /** Status such as Running, CrashLoopBackOff, Init:0/2 or Evicted; undefined if the pod has none. */
  readonly status: string | undefined;
  readonly containers: number;
  readonly readyContainers: number;
  readonly restarts: Count;
}

/**
 * Returns the state of a pod as `kubectl get pods` shows it; undefined if the pod has no status.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/printers/internalversion/printers.go, printPod
 */
export function podState(pod: KubeletPod): PodState | undefined {
  const { spec, status } = pod;
  if (status?.phase === undefined && status?.containerStatuses === undefined) return undefined;
  const start = startOf(pod, status);
  const isStarted = start.reason === undefined || isTrue(status, 'Initialized');
  const reason = start.reason ?? (status.reason || status.phase);
  const containers =
    (spec.containers?.length ?? 0) + (spec.initContainers?.filter(isSidecar).length ?? 0);
  const run = isStarted
    ? runOf(status, reason)
    : { reason, readyContainers: 0, restarts: start.restarts };
  return {
    status: deletionOf(pod) ?? (run.reason || undefined),
    containers,
    readyContainers: start.readySidecars + run.readyContainers,
    restarts: isStarted ? (sum(start.sidecarRestarts, run.restarts) ?? 0) : run.restarts,
  };
}

/** Whether all containers of a pod have ended for good. */
export function hasEnded({ status }: Pick<KubeletPod, 'status'>): boolean {
  return /^(?:Succeeded|Failed)$/.test(status?.phase ?? '');
}

/** Returns the state of a container, such as Running or CrashLoopBackOff. */
export function containerState({ state }: ContainerStatus): string {
  if (state?.terminated) return endOf(state.terminated);
  return state?.running ? 'Running' : state?.waiting?.reason || 'Waiting';
}

/** How a container ended. */
export interface ContainerEnd {
  readonly container: string | undefined;
  readonly reason: string;
  readonly exitCode: number | undefined;
  /** In RFC 3339; undefined if the runtime has lost it. */
  readonly time: string | undefined;
}

/**
 * Returns how one of the containers ended last; undefined if none has ended. A container that has done its work, such as an init
 * container, has not ended in this sense.
 */
export function lastEnd(statuses: Iterable<ContainerStatus>): ContainerEnd | undefined {
  const ends = [...statuses].flatMap(({ name, state, lastState }) =>
    [state?.terminated?.exitCode ? state.terminated : undefined, lastState?.terminated].flatMap(
      (terminated): ContainerEnd | readonly [] => {
        if (!terminated) return [];
        const { exitCode, finishedAt } = terminated;
        // Kubelets send a zero time, such as 0001-01-01T00:00:00Z or null, if the runtime does not know the time.
        const ms = Date.parse(finishedAt ?? '');
        const time = ms > 0 ? finishedAt : undefined;
        return { container: name, reason: endOf(terminated), exitCode, time };
      },
    ),
  );
  const timeOf = ({ time }: ContainerEnd) => (time === undefined ? 0 : Date.parse(time));
  return ends.toSorted((a, b) => timeOf(b) - timeOf(a))[0];
}

/**
 * Reads the statuses of init containers. `reason` says why the initialization waits or failed; it is undefined if the
 * initialization is done.
 */
function startOf({ spec }: KubeletPod, { initContainerStatuses = [] }: PodStatus) {
  const sidecars = new Set(spec.initContainers?.filter(isSidecar).map(({ name }) => name));
  let readySidecars = 0;
  let restarts: Count = 0;
  let sidecarRestarts: Count = 0;
  for (const [index, container] of initContainerStatuses.entries()) {
    const { name = '', ready, started } = container;
    restarts = sum(restarts, restartsOf(container)) ?? 0;
    if (sidecars.has(name)) sidecarRestarts = sum(sidecarRestarts, restartsOf(container)) ?? 0;
    const reason = initReason(container, `${index}/${spec.initContainers?.length ?? 0}`);
    if (reason === undefined) continue;
    if (!sidecars.has(name) || !started)
      return { reason: `Init:${reason}`, readySidecars, restarts, sidecarRestarts };
    if (ready) readySidecars += 1;
  }
  return { reason: undefined, readySidecars, restarts, sidecarRestarts };
}

function initReason({ state }: ContainerStatus, progress: string): string | undefined {
  if (state?.terminated) return state.terminated.exitCode ? endOf(state.terminated) : undefined;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : progress;
}

/** Reads the statuses of containers. `reason` is from the first container that waits or has ended. */
function runOf(status: PodStatus, usual = '') {
  const { containerStatuses = [] } = status;
  let reason = usual;
  let errorReason: string | undefined;
  let readyContainers = 0;
  let restarts: Count = 0;
  for (const container of containerStatuses.toReversed()) {
    const { waiting, terminated, running } = container.state ?? {};
    restarts = sum(restarts, restartsOf(container)) ?? 0;
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) {
      reason = endOf(terminated);
      if (terminated.exitCode) errorReason = reason;
    } else if (container.ready && running) readyContainers += 1;
  }
  // If the first reason is from a completed container, the other containers decide, because they may still run.
  if (reason === 'Completed') {
    if (readyContainers > 0 && isTrue(status, 'Ready')) reason = 'Running';
    else if (errorReason !== undefined) reason = errorReason;
    else if (readyContainers > 0) reason = 'NotReady';
  }
  return { reason, readyContainers, restarts };
}

function deletionOf({ metadata, status }: KubeletPod): string | undefined {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return hasEnded({ status }) ? undefined : 'Terminating';
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function endOf({ reason, signal, exitCode = 0 }: Terminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function restartsOf({ restartCount }: ContainerStatus): Count {
  return known(restartCount) ?? 0;
}

function isTrue({ conditions = [] }: PodStatus, name: string): boolean {
  return conditions.some(({ type, status }) => type === name && status === 'True');
}
