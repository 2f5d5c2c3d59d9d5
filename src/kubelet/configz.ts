/**
 * The configuration in force, as /configz shows it: kubelet.config.k8s.io/v1beta1 KubeletConfiguration. Zero values are
 * absent, except booleans with a default, which are always present.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/apis/config/v1beta1/defaults.go
 */
export interface KubeletConfiguration {
  readonly [field: string]: unknown;
}

/** In bytes; longer than any configuration. */
export const longestConfiguration = 1024 * 1024;

/** Reads the body of /configz; undefined if it is not one. */
export function parseConfigz(text: string): KubeletConfiguration | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const configuration = isObject(body) ? body['kubeletconfig'] : undefined;
    return isObject(configuration) && !isDeep(configuration) ? configuration : undefined;
  } catch {
    return undefined;
  }
}

/** The settings that concern security, with defaults for absent fields. */
export interface SecuritySettings {
  readonly anonymous: boolean;
  readonly webhookAuthentication: boolean;
  /** Empty if client certificates are not accepted. */
  readonly clientCAFile: string;
  readonly authorizationMode: string;
  /** 0 if it is disabled. */
  readonly readOnlyPort: number;
  /** If it is off, so are the handlers below. */
  readonly debuggingHandlers: boolean;
  readonly profilingHandler: boolean;
  readonly debugFlagsHandler: boolean;
  readonly systemLogHandler: boolean;
  readonly systemLogQuery: boolean;
  readonly tlsMinVersion: string;
  readonly rotateCertificates: boolean;
  readonly serverTLSBootstrap: boolean;
}

export function securitySettings(configuration: KubeletConfiguration): SecuritySettings {
  const at = (path: string) => valueAt(configuration, path);
  const flag = (path: string, usual: boolean) => {
    const value = at(path);
    return typeof value === 'boolean' ? value : usual;
  };
  const text = (path: string, usual: string) => {
    const value = at(path);
    return typeof value === 'string' && value !== '' ? value : usual;
  };
  const debuggingHandlers = flag('enableDebuggingHandlers', true);
  const systemLogHandler = debuggingHandlers && flag('enableSystemLogHandler', true);
  return {
    anonymous: flag('authentication.anonymous.enabled', false),
    webhookAuthentication: flag('authentication.webhook.enabled', true),
    clientCAFile: text('authentication.x509.clientCAFile', ''),
    authorizationMode: text('authorization.mode', 'Webhook'),
    readOnlyPort: portOf(at('readOnlyPort')),
    debuggingHandlers,
    profilingHandler: debuggingHandlers && flag('enableProfilingHandler', true),
    debugFlagsHandler: debuggingHandlers && flag('enableDebugFlagsHandler', true),
    systemLogHandler,
    // A kubelet with it does not start unless the feature gate is on; gates that are not set are absent.
    systemLogQuery:
      systemLogHandler &&
      flag('enableSystemLogQuery', false) &&
      flag('featureGates.NodeLogQuery', true),
    tlsMinVersion: text('tlsMinVersion', 'VersionTLS12'),
    rotateCertificates: flag('rotateCertificates', false),
    serverTLSBootstrap: flag('serverTLSBootstrap', false),
  };
}

function portOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
    ? value
    : 0;
}

/** `a.b.c` for each value that is not an object, in JSON. */
export function flatten(configuration: KubeletConfiguration): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        const part = /^[\w./-]{1,100}$/.test(name) ? name : JSON.stringify(name.slice(0, 100));
        walk(inner, path === '' ? part : `${path}.${part}`);
      }
    } else values.set(path, JSON.stringify(value));
  };
  walk(configuration, '');
  return values;
}

/** A kubelet may send anything; no configuration is deep enough to exhaust the stack. */
function isDeep(value: unknown, most = 20): boolean {
  let level = [value];
  for (let depth = 0; depth < most && level.length > 0; depth += 1)
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
  return level.length > 0;
}

function valueAt(configuration: KubeletConfiguration, path: string): unknown {
  let value: unknown = configuration;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
