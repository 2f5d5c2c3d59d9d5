/** Why a kubelet, or the API server, could not be reached or did not serve. A closed list. */
export const causes = [
  'no address',
  'proxy failed',
  'name does not resolve',
  'connection refused',
  'no route',
  'connection timed out',
  'not TLS',
  'handshake failed',
  'no serving certificate yet',
  'unknown issuer',
  'self-signed certificate',
  'certificate for another name',
  'certificate expired',
  'certificate not yet valid',
  'certificate not for servers',
  'no answer',
  'connection cut',
  'not HTTP',
  'no credential accepted',
  'forbidden',
  'kubelet cannot reach API server',
  'not found',
  'method not allowed',
  'switched off',
  'API server cannot reach node',
  'node gone',
  'not a kubelet',
  'server error',
  'unknown',
] as const;

export type Cause = (typeof causes)[number];

/** What the verification of a serving certificate says no with. */
export const certificateCauses: readonly Cause[] = [
  'unknown issuer',
  'self-signed certificate',
  'certificate for another name',
  'certificate expired',
  'certificate not yet valid',
  'certificate not for servers',
];

/** What is known of a request that got no answer; see kube/transport/error.ts. */
export interface TransportFacts {
  readonly stage: 'proxy' | 'connect' | 'handshake' | 'answer' | 'body';
  /** Node's or OpenSSL's error code, or `timeout` for a limit of our own. */
  readonly code: string;
  readonly message: string;
}

const byCode: Readonly<Record<string, Cause>> = {
  ENOTFOUND: 'name does not resolve',
  EAI_AGAIN: 'name does not resolve',
  EAI_NONAME: 'name does not resolve',
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route',
  ENETUNREACH: 'no route',
  ETIMEDOUT: 'connection timed out',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown issuer',
  CERT_SIGNATURE_FAILURE: 'unknown issuer',
  CERT_UNTRUSTED: 'unknown issuer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate for another name',
  CERT_HAS_EXPIRED: 'certificate expired',
  CERT_NOT_YET_VALID: 'certificate not yet valid',
  INVALID_PURPOSE: 'certificate not for servers',
};

/** The cause behind a transport failure, by its code first and its stage second. */
export function causeOfTransport(facts: TransportFacts): Cause {
  if (facts.stage === 'proxy') return 'proxy failed';
  const known = byCode[facts.code];
  if (known) return known;
  if (facts.code.startsWith('HPE_')) return 'not HTTP';
  if (facts.stage === 'connect')
    return facts.code === 'timeout' ? 'connection timed out' : 'unknown';
  if (facts.stage === 'handshake') {
    // A kubelet whose serving certificate has not been signed yet ends each handshake with alert 80.
    if (/alert internal error|alert number 80/.test(facts.message))
      return 'no serving certificate yet';
    if (/wrong version number|packet length too long|bad record type/i.test(facts.message))
      return 'not TLS';
    return 'handshake failed';
  }
  if (facts.code === 'timeout') return 'no answer';
  return 'connection cut';
}

/** A sentence's end for a transport cause: `cannot reach X: …`. */
export function describeTransport(
  facts: TransportFacts,
  limits = { connectMs: 0, answerMs: 0 },
): string {
  const cause = causeOfTransport(facts);
  const seconds = (ms: number) => `${ms / 1000} s`;
  switch (cause) {
    case 'proxy failed':
      return facts.message;
    case 'connection timed out':
      return facts.code === 'timeout' ? `no connection within ${seconds(limits.connectMs)}` : cause;
    case 'handshake failed':
      return facts.code === 'timeout'
        ? `it accepts connections but did not complete the TLS handshake within ${seconds(limits.connectMs)}`
        : `the TLS handshake failed (${facts.code})`;
    case 'no answer':
      return facts.stage === 'body'
        ? `its answer did not end within ${seconds(limits.answerMs)}`
        : `no answer within ${seconds(limits.answerMs)}`;
    case 'certificate for another name':
      return `its certificate is for another name (${facts.message})`;
    case 'unknown issuer':
      return 'its certificate is signed by an authority that is not trusted';
    case 'self-signed certificate':
      return 'its certificate is self-signed';
    case 'certificate expired':
      return 'its certificate has expired';
    case 'certificate not yet valid':
      return 'its certificate is not yet valid';
    case 'certificate not for servers':
      return 'its certificate is not meant for servers';
    case 'no serving certificate yet':
      return 'it has no serving certificate yet (TLS alert 80)';
    case 'not TLS':
      return 'what listens there does not speak TLS';
    case 'not HTTP':
      return 'what listens there does not speak HTTP';
    case 'connection cut':
      return facts.stage === 'body'
        ? 'the connection was cut in the middle of the answer'
        : 'the connection was cut before an answer came';
    case 'unknown':
      return `${facts.code}: ${facts.message}`;
    default:
      return cause;
  }
}

/** The cause behind an HTTP answer of a kubelet, or undefined if it served. */
export function causeOfAnswer(status: number, body: string): Cause | undefined {
  if (status < 400) return undefined;
  if (status === 401) return 'no credential accepted';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not found';
  if (status === 405)
    return / (?:is|are) disabled\./.test(body) ? 'switched off' : 'method not allowed';
  if (status === 500 && body.startsWith('Authorization error'))
    return 'kubelet cannot reach API server';
  return 'server error';
}
