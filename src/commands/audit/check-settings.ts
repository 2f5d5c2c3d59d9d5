import { isFound } from '../../known.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { type SecuritySettings, securitySettings } from '../../kubelet/configz.ts';
import { summarize } from '../../text/list.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type AuditFinding, violationOn } from './finding.ts';

/** @param minor infinity if the version is unknown */
type Check = (settings: SecuritySettings, minor: number) => string | false;

const checks: Readonly<Partial<Record<RuleId, Check>>> = {
  KA003: (each) => each.authorizationMode === 'AlwaysAllow' && 'authorization.mode is AlwaysAllow',
  KA005: (each) => !each.webhookAuthentication && 'authentication.webhook.enabled is false',
  KA006: (each) => each.clientCAFile === '' && 'authentication.x509.clientCAFile is not set',
  KA101: (each) => each.debuggingHandlers && 'enableDebuggingHandlers is true',
  KA102: (each) => each.profilingHandler && 'enableProfilingHandler is true',
  KA103: (each) => each.debugFlagsHandler && 'enableDebugFlagsHandler is true',
  KA104: (each) => each.systemLogHandler && 'enableSystemLogHandler is true',
  KA105: (each) => each.systemLogQuery && 'enableSystemLogQuery is true',
  KA201: ({ tlsMinVersion }) =>
    /^VersionTLS1[01]$/.test(tlsMinVersion) && `tlsMinVersion is ${tlsMinVersion}`,
  KA205: (each) => !each.rotateCertificates && 'rotateCertificates is not set',
  KA206: (each) => !each.serverTLSBootstrap && 'serverTLSBootstrap is not set',
  KA106: ({ streamingIdleTimeout }) =>
    /^0s?$/.test(streamingIdleTimeout) && 'streamingConnectionIdleTimeout is 0',
  // Up to 1.36, zero means the default of client-go: https://github.com/kubernetes/kubernetes/pull/117119
  KA108: ({ eventRecordQps }, minor) =>
    eventRecordQps === 0 && minor >= 37 && 'eventRecordQPS is 0',
};

const linuxChecks: typeof checks = {
  KA107: (each) => !each.iptablesUtilChains && 'makeIPTablesUtilChains is false',
  KA109: (each) => each.podPidsLimit <= 0 && `podPidsLimit is ${each.podPidsLimit}`,
  KA110: (each) => !each.seccompDefault && 'seccompDefault is false',
  KA111: (each) => !each.protectKernelDefaults && 'protectKernelDefaults is not set',
};

/** Cipher suites that CIS 4.2.12 allows: ECDHE with AES-GCM or ChaCha20. */
const strongSuite =
  /^TLS_ECDHE_(?:ECDSA|RSA)_WITH_(?:AES_(?:128|256)_GCM|CHACHA20_POLY1305)(?:_|$)/;

function checkSuites(name: string, settings: SecuritySettings): readonly AuditFinding[] {
  const { tlsCipherSuites, tlsMinVersion } = settings;
  if (tlsMinVersion === 'VersionTLS13') return [];
  const weak = tlsCipherSuites.filter((suite) => !strongSuite.test(suite));
  if (weak.length > 0)
    return [violationOn(name, 'KA207', `tlsCipherSuites has ${summarize(weak, 5, oneLine)}`)];
  const unset =
    'tlsCipherSuites is not set: the kubelet has the defaults of Go, with suites of CBC';
  return tlsCipherSuites.length === 0
    ? [violationOn(name, 'KA207', unset, { severity: 'info' })]
    : [];
}

export function checkSettings(facts: NodeAuditFacts): readonly AuditFinding[] {
  const { name, version, system, configuration } = facts;
  if (!isFound(configuration)) return [];
  const settings = securitySettings(configuration.found.value);
  const ofSystem = system === 'windows' ? checks : { ...checks, ...linuxChecks };
  const hits = Object.entries(ofSystem).flatMap(([id, check]) => {
    const evidence = check(settings, minorOf(version));
    return evidence ? violationOn(name, id as RuleId, evidence) : [];
  });
  return [...hits, ...checkSuites(name, settings)];
}
