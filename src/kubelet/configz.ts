import * as v from '@badrap/valita';
import { type Checked, checkType } from '../schema.ts';
import { isFields } from '../text/fields.ts';
import { exactJson, parseBoundedJson, parseExactJson } from '../text/json.ts';
import { isPort } from './address.ts';

/** Limit in bytes. No configuration is as long. */
export const longestConfiguration = 1024 * 1024;

const flag = v.boolean().optional();
const text = v.string().optional();
const integer = v.union(v.number(), v.bigint()).optional();

const configuration = v.object({
  authentication: v
    .object({
      anonymous: v.object({ enabled: flag }).optional(),
      webhook: v.object({ enabled: flag }).optional(),
      x509: v.object({ clientCAFile: text }).optional(),
    })
    .optional(),
  authorization: v.object({ mode: text }).optional(),
  readOnlyPort: integer,
  enableDebuggingHandlers: flag,
  enableProfilingHandler: flag,
  enableDebugFlagsHandler: flag,
  enableSystemLogHandler: flag,
  enableSystemLogQuery: flag,
  featureGates: v.record(v.boolean()).optional(),
  tlsMinVersion: text,
  rotateCertificates: flag,
  serverTLSBootstrap: flag,
  tlsCipherSuites: v.array(v.string()).optional(),
  streamingConnectionIdleTimeout: text,
  makeIPTablesUtilChains: flag,
  eventRecordQPS: integer,
  podPidsLimit: integer,
  imageGCHighThresholdPercent: integer,
  nodeStatusMaxImages: integer,
  seccompDefault: flag,
  protectKernelDefaults: flag,
  failCgroupV1: flag,
});
const configz = v.object({ kubeletconfig: configuration });

/**
 * The current configuration of a kubelet, as /configz returns it: a KubeletConfiguration of kubelet.config.k8s.io/v1beta1. Zero
 * values are absent, except booleans that have a default.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/apis/config/v1beta1/defaults.go
 */
export type KubeletConfiguration = Readonly<Record<string, unknown>> &
  v.Infer<typeof configuration>;

export function parseConfigz(body: string): Checked<KubeletConfiguration> {
  const parsed = parseBoundedJson(body, parseExactJson);
  if ('problem' in parsed) return { problem: 'no configuration' };
  const checked = checkType(configz, parsed.value, { whole: true });
  if (!checked.decoded) return { problem: `an unreadable configuration: ${checked.problem}` };
  return { decoded: { value: checked.decoded.value.kubeletconfig } };
}

/** The settings that affect security. An absent field of the configuration has its default value here. */
export interface SecuritySettings {
  readonly anonymous: boolean;
  readonly webhookAuthentication: boolean;
  /** Path of the CA file for client certificates; empty if the kubelet accepts no client certificates. */
  readonly clientCAFile: string;
  readonly authorizationMode: string;
  /** Read-only port; 0 if disabled. */
  readonly readOnlyPort: number;
  /** Whether the debugging handlers are on. If they are off, the handlers of the following fields are off, too. */
  readonly debuggingHandlers: boolean;
  readonly profilingHandler: boolean;
  readonly debugFlagsHandler: boolean;
  readonly systemLogHandler: boolean;
  readonly systemLogQuery: boolean;
  readonly tlsMinVersion: string;
  readonly rotateCertificates: boolean;
  readonly serverTLSBootstrap: boolean;
  /** TLS cipher suites; empty if Go chooses them. */
  readonly tlsCipherSuites: readonly string[];
  /** Duration such as `4h0m0s`; `0s` if idle streams have no time limit. */
  readonly streamingIdleTimeout: string;
  readonly iptablesUtilChains: boolean;
  /** Maximum number of events per second; 0 for no limit. */
  readonly eventRecordQps: number;
  /** Maximum number of process IDs per pod; -1 for no limit. */
  readonly podPidsLimit: number;
  readonly seccompDefault: boolean;
  readonly protectKernelDefaults: boolean;
}

export function securitySettings(given: KubeletConfiguration): SecuritySettings {
  const { authentication: { anonymous, webhook, x509 } = {}, featureGates } = given;
  const debuggingHandlers = given.enableDebuggingHandlers ?? true;
  const systemLogHandler = debuggingHandlers && (given.enableSystemLogHandler ?? true);
  return {
    anonymous: anonymous?.enabled ?? false,
    webhookAuthentication: webhook?.enabled ?? true,
    clientCAFile: x509?.clientCAFile ?? '',
    authorizationMode: given.authorization?.mode || 'Webhook',
    readOnlyPort: portOf(given.readOnlyPort),
    debuggingHandlers,
    profilingHandler: debuggingHandlers && (given.enableProfilingHandler ?? true),
    debugFlagsHandler: debuggingHandlers && (given.enableDebugFlagsHandler ?? true),
    systemLogHandler,
    // A kubelet with enableSystemLogQuery only starts if the feature gate NodeLogQuery is on. So an absent gate is on.
    systemLogQuery:
      systemLogHandler &&
      (given.enableSystemLogQuery ?? false) &&
      (featureGates?.['NodeLogQuery'] ?? true),
    tlsMinVersion: given.tlsMinVersion || 'VersionTLS12',
    rotateCertificates: given.rotateCertificates ?? false,
    serverTLSBootstrap: given.serverTLSBootstrap ?? false,
    tlsCipherSuites: given.tlsCipherSuites ?? [],
    streamingIdleTimeout: given.streamingConnectionIdleTimeout ?? '4h0m0s',
    iptablesUtilChains: given.makeIPTablesUtilChains ?? true,
    eventRecordQps: Number(given.eventRecordQPS ?? 50),
    podPidsLimit: Number(given.podPidsLimit ?? -1),
    seccompDefault: given.seccompDefault ?? false,
    protectKernelDefaults: given.protectKernelDefaults ?? false,
  };
}

function portOf(value: number | bigint | undefined): number {
  return typeof value === 'number' && isPort(value) ? value : 0;
}

/** Returns each value that is not an object. The keys are paths such as `a.b.c`; the values are JSON. Leaves out empty objects. */
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
