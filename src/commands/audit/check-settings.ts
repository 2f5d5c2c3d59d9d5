import { isFound } from '../../known.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { type SecuritySettings, securitySettings } from '../../kubelet/configz.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type Hit, hitOn } from './finding.ts';

type Check = (settings: SecuritySettings) => string | false;

/** Rules that one setting decides, and the evidence where it violates the rule. */
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
};

export function checkSettings({ name, configuration }: NodeAuditFacts): Hit[] {
  if (!isFound(configuration)) return [];
  const settings = securitySettings(configuration.found.value);
  return Object.entries(checks).flatMap(([id, check]) => {
    const evidence = check(settings);
    return evidence ? hitOn(name, id as RuleId, evidence) : [];
  });
}
