import { Failure, type FailureOptions } from '../../errors.ts';
import { type Cause, findTransportCause } from '../../kubelet/causes/causes.ts';
import { detourOf } from '../../kubelet/detours.ts';
import { TransportError } from '../transport/error.ts';

/** By what a kubelet is to know who asks. */
export type ShownCredential = 'certificate' | 'token';

interface KubeletFailureOptions extends FailureOptions {
  readonly why: Cause;
  /** Status of its response; undefined without one. */
  readonly status?: number | undefined;
  /** Credential for a kubelet that was called directly, and by no other path; undefined for another. */
  readonly shown?: ShownCredential | undefined;
}

/** A kubelet that did not serve a request, and why. */
export class KubeletFailure extends Failure {
  readonly why: Cause;
  readonly status: number | undefined;
  readonly shown: ShownCredential | undefined;

  constructor(message: string, options: KubeletFailureOptions) {
    super(message, { ...options, kind: 'kubelet' });
    this.why = options.why;
    this.status = options.status;
    this.shown = options.shown;
  }
}

/** Why a kubelet can be read through the API server; undefined for an answer, and for what may have been answered. */
export function detourBy({ cause, why }: KubeletFailure) {
  const isSent = cause instanceof TransportError && cause.isSent;
  return isSent && why !== 'not HTTP' ? undefined : detourOf(why);
}

/** The cause behind any failure of a request to a kubelet: also where nobody on the way to it answered. */
export function causeOfFailure(failure: Failure): Cause {
  if (failure instanceof KubeletFailure) return failure.why;
  const { cause } = failure;
  if (!(cause instanceof TransportError)) return 'unknown';
  return findTransportCause(cause, { hop: 'caller -> API server' }).cause;
}
