import type { Agent } from './agent.ts';
import { cloudAgents } from './clouds.ts';
import { costAgents } from './cost.ts';
import { grafanaAgents } from './grafana.ts';
import { identityAgents } from './identity.ts';
import { logAgents } from './logs.ts';
import { observabilityAgents } from './observability.ts';
import { openTelemetryAgents } from './opentelemetry.ts';
import { platformAgents } from './platforms.ts';
import { prometheusAgents } from './prometheus.ts';
import { prometheusBundles } from './prometheus-bundles.ts';
import { securityAgents } from './security.ts';
import { storageAgents } from './storage.ts';
import { toolAgents } from './tools.ts';
import { agentsWithLogs } from './with-logs.ts';

export const agents: readonly Agent[] = [
  ...agentsWithLogs,
  ...prometheusAgents,
  ...prometheusBundles,
  ...openTelemetryAgents,
  ...grafanaAgents,
  ...observabilityAgents,
  ...logAgents,
  ...cloudAgents,
  ...identityAgents,
  ...securityAgents,
  ...costAgents,
  ...storageAgents,
  ...platformAgents,
  ...toolAgents,
];
