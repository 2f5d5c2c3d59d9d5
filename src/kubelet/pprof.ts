export interface PprofProfile {
  readonly name: string;
  readonly extension: 'pb.gz' | 'trace';
  /** The command that opens the file of the profile, without the file's name. */
  readonly opener: readonly string[];
  /** Time in ms for which the kubelet measures before it answers; 0 for profiles without a measurement. */
  readonly ms: number;
}

/**
 * Returns the profile that a path requests. Undefined for other paths, and for profiles in text form, as with ?debug=1.
 * Source: https://github.com/golang/go/blob/go1.26.0/src/net/http/pprof/pprof.go
 */
export function pprofProfileOf(path: string): PprofProfile | undefined {
  const [, name = '', query = ''] = /^\/debug\/pprof\/([\w.-]{1,40})(?:\?(.*))?$/s.exec(path) ?? [];
  if (name === '' || /^(?:cmdline|symbol|\.{1,2})$/.test(name)) return undefined;
  const parameters = new URLSearchParams(query);
  const isMeasured = name === 'profile' || name === 'trace';
  if (!isMeasured && Number(parameters.get('debug') ?? 0) > 0) return undefined;
  const ms = secondsOf(name, parameters.get('seconds')) * 1000;
  return name === 'trace'
    ? { name, extension: 'trace', opener: ['go', 'tool', 'trace'], ms }
    : { name, extension: 'pb.gz', opener: ['go', 'tool', 'pprof', '-http=:'], ms };
}

/**
 * Parses `seconds` like net/http/pprof. If it is not a number, `profile` and `trace` use their defaults, and other profiles do not
 * measure.
 */
function secondsOf(name: string, text: string | null): number {
  const usual = { profile: 30, trace: 1 }[name] ?? 0;
  const isNumber = (name === 'trace' ? /^\+?(?:\d+(?:\.\d*)?|\.\d+)$/ : /^\+?\d+$/).test(
    text ?? '',
  );
  const seconds = isNumber ? Number(text) : usual;
  return seconds > 0 ? Math.min(seconds, longestSeconds) : usual;
}

/** Maximum in seconds. Kubelets end every response after four hours. */
const longestSeconds = 4 * 3600;
