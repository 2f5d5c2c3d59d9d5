import { Failure, type FailureOptions } from '../../errors.ts';
import { type Cause, findTransportCause } from '../../kubelet/causes/causes.ts';
import { detourOf } from '../../kubelet/detours.ts';
import { TransportError } from '../transport/error.ts';

export type ShownCredential = 'certificate' | 'token';

interface KubeletFailureOptions extends FailureOptions {
  readonly why: Cause;
  /** HTTP status of the response; undefined without a response. */
  readonly status?: number | undefined;
  /** Credential of a direct request to the kubelet; undefined for any other request. */
  readonly shown?: ShownCredential | undefined;
}

/** Thrown if a kubelet does not serve a request; `why` is the reason. */
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

/** Returns the reason to repeat the request through the API server; undefined if the kubelet responded or may have received the request. */
export function detourBy({ cause, why }: KubeletFailure) {
  const isSent = cause instanceof TransportError && cause.isSent;
  return isSent && why !== 'not-http' ? undefined : detourOf(why);
}

/** Returns the cause of a failed request to a kubelet. The API server may have failed in place of the kubelet. */
export function causeOfFailure(failure: Failure): Cause {
  if (failure instanceof KubeletFailure) return failure.why;
  const { cause } = failure;
  if (!(cause instanceof TransportError)) return 'unknown';
  return findTransportCause(cause, { hop: 'caller-to-apiserver' }).cause;
}
