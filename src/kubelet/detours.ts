import type { Cause } from './causes/causes.ts';

/** Why this program reads from a kubelet through the API server. It does not mean that the caller lacks permissions. */
interface Detour {
  /** Whether the kubelet did not answer. Its node may be down, and then the API server would wait 30 s for it. */
  readonly isSilence: boolean;
  /** The words that follow `node-1 is read through the API server: `. */
  readonly one: string;
  /** The words that follow `3 kubelets are read through the API server: `. */
  readonly many: string;
}

const silent = (one: string, many: string): Detour => ({ isSilence: true, one, many });
const answered = (one: string, many: string): Detour => ({ isSilence: false, one, many });
const unreachable = silent('it is unreachable from here', 'they are unreachable from here');

const detours: Readonly<Partial<Record<Cause, Detour>>> = {
  'no-address': silent('its Node object has no address', 'their Node objects have no address'),
  'name-does-not-resolve': silent(
    'its name does not resolve here',
    'their names do not resolve here',
  ),
  'no-route': unreachable,
  'connection-timed-out': unreachable,
  'connection-refused': unreachable,
  // Reads through the API server only if the connection was cut before the request was sent.
  'connection-cut': unreachable,
  'proxy-failed': silent('a proxy does not reach it', 'a proxy does not reach them'),
  'handshake-failed': silent(
    'it does not complete a TLS handshake',
    'they do not complete a TLS handshake',
  ),
  'no-serving-certificate-yet': answered(
    'it has no serving certificate yet',
    'they have no serving certificate yet',
  ),
  'not-tls': answered('its port does not speak TLS', 'their ports do not speak TLS'),
  'not-http': answered('its port does not speak HTTP', 'their ports do not speak HTTP'),
  'untrusted-ca': answered(
    'its certificate is of an untrusted CA',
    'their certificates are of an untrusted CA',
  ),
  'self-signed-certificate': answered(
    'its certificate is self-signed',
    'their certificates are self-signed',
  ),
  'name-mismatch': answered(
    'its certificate does not name its address',
    'their certificates do not name their addresses',
  ),
  'certificate-expired': answered('its certificate has expired', 'their certificates have expired'),
  'certificate-not-yet-valid': answered(
    'its certificate is not yet valid',
    'their certificates are not yet valid',
  ),
  'certificate-not-for-servers': answered(
    'its certificate is not for servers',
    'their certificates are not for servers',
  ),
  'no-credential-accepted': answered(
    'it does not accept your credential',
    'they do not accept your credential',
  ),
};

/** Returns why to read through the API server; undefined if the same cause would also affect requests through the API server. */
export function detourOf(cause: Cause): Detour | undefined {
  return detours[cause];
}

/**
 * Describes why to read through the API server: `their certificates are self-signed`, or `its certificate is self-signed` if
 * `count` is 1.
 */
export function reasonForDetour(cause: Cause, count: number): string {
  const { one, many } = detours[cause] ?? unreachable;
  return count === 1 ? one : many;
}

export function describeDetour(cause: Cause, nodes: readonly string[]): string {
  const { one, many } = detours[cause] ?? unreachable;
  const [first, second] = nodes;
  if (first !== undefined && second === undefined)
    return `${first} is read through the API server: ${one}`;
  const kubelets = second === undefined ? 'kubelets' : `${nodes.length} kubelets`;
  return `${kubelets} are read through the API server: ${many}`;
}
