import type { Cause, Occurrence } from '../../kubelet/causes/causes.ts';
import type { HopName } from '../../kubelet/causes/hop.ts';
import type { KubeletDenial } from '../../kubelet/denial.ts';

/** Result of a request to a node, directly or through the API server, with its duration in ms. */
export type Probe = AnsweredProbe | FailedProbe | UnaskedProbe;

interface AnsweredProbe {
  readonly result: 'ok';
  /**
   * @asType integer
   * @minimum 0
   */
  readonly ms: number;
}

interface UnaskedProbe {
  readonly result: 'not-asked';
  /** Why the node was not asked. */
  readonly message: string;
}

export interface FailedProbe extends Occurrence {
  readonly result: 'failed';
  /** The component that denied the request, or on which it failed. */
  readonly component: 'kubelet' | 'container-runtime' | 'apiserver' | 'intermediary' | 'network';
  /** The answer of the server, or why there was none. */
  readonly message: string;
  /** The permission that the kubelet denied, and the denied user. */
  readonly denial?: KubeletDenial | undefined;
  /** The hop on which the request failed. Undefined for the last hop of the path. */
  readonly hop?: HopName | undefined;
  /** `HOST:PORT` to which kube-apiserver could not connect, as kube-apiserver reports it. */
  readonly address?: string | undefined;
  /**
   * @asType integer
   * @minimum 0
   */
  readonly ms: number;
}

export type ProbeReport =
  | AnsweredProbe
  | UnaskedProbe
  | Pick<FailedProbe, 'result' | 'cause' | 'message' | 'component' | 'denial' | 'ms'>;

export function probeReport(probe: Probe): ProbeReport {
  if (!isFailedProbe(probe)) return probe;
  const { result, cause, message, component: by, denial, ms } = probe;
  return { result, cause, message, component: by, ...(denial && { denial }), ms };
}

export function outcomeOf(probe: ProbeReport): 'ok' | 'not-asked' | Cause {
  return probe.result === 'failed' ? probe.cause : probe.result;
}

export function notAsked(message: string): UnaskedProbe {
  return { result: 'not-asked', message };
}

export const interruptedProbe = notAsked('interrupted before it answered');

export function isFailedProbe(probe: Probe): probe is FailedProbe {
  return probe.result === 'failed';
}

/** Whether the kubelet authenticated the caller, and then allowed or denied the request. */
export function hasAnswered(probe: Probe): boolean {
  return probe.result === 'ok' || isDenied(probe, 'kubelet');
}

export function isDenied(probe: Probe, by: FailedProbe['component']): probe is FailedProbe {
  return isFailedProbe(probe) && probe.component === by && probe.cause === 'forbidden';
}
