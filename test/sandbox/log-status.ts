/** The Status into which kube-apiserver turns an error of a kubelet. */
export interface LogStatus {
  readonly reason: string;
  readonly message: string;
}

// https://github.com/kubernetes/apimachinery/blob/master/pkg/api/errors/errors.go, NewGenericServerResponse
const generic: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
};

/** Returns the Status for an error of a kubelet. Only 400, 403 and 5xx keep the kubelet's message. */
export function logStatus(code: number, words: string, pod: string): LogStatus {
  if (code === 500)
    return { reason: 'InternalError', message: `Internal error occurred: ${words}` };
  if (code === 400) return { reason: 'BadRequest', message: words };
  const [reason, message] = generic[code] ?? [code === 403 ? 'Forbidden' : 'InternalError', words];
  return { reason, message: `${message} ( pods/log ${pod})` };
}
