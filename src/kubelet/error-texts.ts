import type { Cause } from './cause.ts';

// Go tells an HTTP proxy's answer to CONNECT by the words of its status alone; a server's answer it never tells so.
const answersToConnect = String.raw`(?:(?:Get|Post|Put|Patch|Delete|Head) "?https:\/\/[^\s"]{1,500}"?|Unable to connect to the server): (?:Bad Request|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)(?![\w:.]| [("\w])`;

// What a resolver says when its own server does not answer: not the failure of a connection to whom was asked for.
const resolver =
  /\blookup \S{1,260}(?: on \S{1,100})?: (?:(?:dial|read|write) (?:udp|tcp) \S{1,200}: )?(?:(?:connect|read|write): )?(?:i\/o timeout|connection refused|connection reset by peer|no route to host|network is unreachable|connection timed out|operation (?:was canceled|not permitted)|context deadline exceeded)/g;
// A connection that was made, and then said nothing.
const silent =
  /\b(?:read|write) tcp \S{1,200}: (?:(?:read|write): )?(?:i\/o timeout|connection timed out)/g;

/** Go's words, OpenSSL's, curl's, Node's and our own, each for a cause. */
const tails: readonly (readonly [Cause, RegExp])[] = [
  [
    'proxy failed',
    new RegExp(
      `proxyconnect tcp|CONNECT tunnel failed|the proxy (?:cannot be reached|answered|made no connection)|${answersToConnect}`,
    ),
  ],
  [
    'name does not resolve',
    new RegExp(
      `no such host|Temporary failure in name resolution|server misbehaving|Could not resolve host|Resolving timed out after|ENOTFOUND|EAI_AGAIN|: name does not resolve|${resolver.source}`,
    ),
  ],
  [
    'connection refused',
    /connection refused|ECONNREFUSED|The connection to the server \S+ was refused|[Ff]ailed to connect to \S+ port \d+[^:]*: (?:Connection refused|Couldn't connect to server|Could not connect to server)/,
  ],
  ['no route', /no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH|: no route$/i],
  [
    'handshake failed',
    /TLS handshake timeout|SSL connection timeout|did not complete the TLS handshake/,
  ],
  [
    'no answer',
    new RegExp(
      String.raw`context deadline exceeded|request canceled \(Client\.Timeout exceeded while awaiting headers|no answer within [\d.]+ s|its answer did not end within|timeout awaiting response headers|Operation timed out after \d+ milliseconds|${silent.source}`,
    ),
  ],
  [
    'connection timed out',
    /i\/o timeout|request canceled while waiting for connection|connection timed out|Connection timed out|ETIMEDOUT|no connection within [\d.]+ s|after \d+ ms: Timeout was reached/,
  ],
  [
    'not TLS',
    /first record does not look like a TLS handshake|server gave HTTP response to HTTPS client|wrong version number|does not speak TLS/,
  ],
  [
    'not HTTP',
    /malformed HTTP response "|sent an HTTP request to an HTTPS server|does not speak HTTP/,
  ],
  [
    'no serving certificate yet',
    /tls: internal error|alert internal error|alert number 80|no serving certificate available for the kubelet|has no serving certificate yet/,
  ],
  [
    'handshake failed',
    /remote error: tls: (?:bad certificate|unknown certificate(?: authority)?|handshake failure|certificate required|protocol version not supported|expired certificate|access denied|unrecognized name)|alert (?:handshake failure|bad certificate|certificate required|unknown ca)|the TLS handshake failed/,
  ],
  [
    'certificate not yet valid',
    /is not yet valid: current time \S+ is before|certificate is not yet valid/,
  ],
  ['certificate expired', /certificate has expired(?: or is not yet valid)?|CERT_HAS_EXPIRED/],
  [
    'certificate not for servers',
    /incompatible key usage|INVALID_PURPOSE|unsuitable certificate purpose|not meant for servers/,
  ],
  [
    'certificate for another name',
    /certificate is valid for [^,]{1,300}, not \S+|doesn't contain any IP SANs|is not valid for any names|relies on legacy Common Name|does not match target host name|no alternative certificate subject name matches|ERR_TLS_CERT_ALTNAME_INVALID|its certificate is for another name/,
  ],
  [
    'unknown issuer',
    /signed by unknown authority|signed by an authority that is not trusted|self[- ]signed certificate in certificate chain|SELF_SIGNED_CERT_IN_CHAIN|unable to get local issuer certificate|unable to verify the first certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/,
  ],
  [
    'self-signed certificate',
    /self[- ]signed certificate|its certificate is self-signed|DEPTH_ZERO_SELF_SIGNED_CERT/,
  ],
  [
    'connection cut',
    /(?<=\S: )(?:unexpected )?EOF\b|connection reset by peer|broken pipe|ECONNRESET|Empty reply from server|the connection was cut/,
  ],
];

/** The cause that words tell, where it is known that they are of a server that was not reached. */
export function causeIn(words: string): Cause | undefined {
  return causesIn(words)[0]?.cause;
}

export interface FoundCause {
  readonly cause: Cause;
  readonly index: number;
  readonly evidence: string;
}

/** Every cause that a text has words for, once. */
export function causesIn(text: string): readonly FoundCause[] {
  const named = without(resolver, text);
  const connected = without(silent, named);
  const found = tails.flatMap(([cause, pattern]) => {
    const where =
      cause === 'name does not resolve' ? text : cause === 'no answer' ? named : connected;
    const match = pattern.exec(where);
    return match ? [{ cause, index: match.index, evidence: match[0] }] : [];
  });
  // "self-signed certificate" is in the words for a chain.
  const known = new Set(found.map(({ cause }) => cause));
  const needless = (cause: Cause) =>
    (cause === 'self-signed certificate' && known.has('unknown issuer')) ||
    (cause === 'certificate expired' && known.has('certificate not yet valid')) ||
    (cause === 'connection cut' && known.size > 1) ||
    (known.has('proxy failed') && cause !== 'proxy failed');
  return found.filter(({ cause }, index) => {
    const first = found.findIndex((other) => other.cause === cause) === index;
    return first && !needless(cause);
  });
}

/** Blanks for what is left out, so that the rest stands where it stood. */
function without(pattern: RegExp, text: string): string {
  return text.replaceAll(pattern, (words) => ' '.repeat(words.length));
}

/** Whether a cause lies below HTTP. */
export function isFailure(cause: Cause): boolean {
  return tails.some(([known]) => known === cause);
}
