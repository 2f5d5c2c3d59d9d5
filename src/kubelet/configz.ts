import * as v from '@badrap/valita';
import { type Checked, checkType } from '../schema.ts';
import { isFields } from '../text/fields.ts';
import { exactJson, parseBoundedJson, parseExactJson } from '../text/json.ts';

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

const flag = v.boolean().optional();
const text = v.string().optional();

/** The fields that are read here; of another type, they say nothing. */
const configz = v.object({
  kubeletconfig: v.object({
    authentication: v
      .object({
        anonymous: v.object({ enabled: flag }).optional(),
        webhook: v.object({ enabled: flag }).optional(),
        x509: v.object({ clientCAFile: text }).optional(),
      })
      .optional(),
    authorization: v.object({ mode: text }).optional(),
    readOnlyPort: v.union(v.number(), v.bigint()).optional(),
    enableDebuggingHandlers: flag,
    enableProfilingHandler: flag,
    enableDebugFlagsHandler: flag,
    enableSystemLogHandler: flag,
    enableSystemLogQuery: flag,
    featureGates: v.record(v.boolean()).optional(),
    tlsMinVersion: text,
    rotateCertificates: flag,
    serverTLSBootstrap: flag,
  }),
});

/** Reads the body of /configz. The problem is a phrase: `an unreadable configuration: …`. */
export function parseConfigz(body: string): Checked<KubeletConfiguration> {
  const parsed = parseBoundedJson(body, parseExactJson);
  if ('problem' in parsed) return { problem: 'no configuration' };
  const checked = checkType(configz, parsed.value, { whole: true, mostFields: 100_000 });
  if (!checked.decoded) return { problem: `an unreadable configuration: ${checked.problem}` };
  return { decoded: { value: checked.decoded.value.kubeletconfig } };
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

/** `a.b.c` for each value that is not an object, in JSON. An empty object has no values. */
export function flatten(configuration: KubeletConfiguration): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (isFields(value)) {
      for (const [name, inner] of Object.entries(value)) {
        const part = /^[\w./-]{1,100}$/.test(name) ? name : JSON.stringify(name.slice(0, 100));
        walk(inner, path === '' ? part : `${path}.${part}`);
      }
    } else values.set(path, exactJson(value));
  };
  walk(configuration, '');
  return values;
}

function valueAt(configuration: KubeletConfiguration, path: string): unknown {
  let value: unknown = configuration;
  for (const name of path.split('.')) value = isFields(value) ? value[name] : undefined;
  return value;
}
