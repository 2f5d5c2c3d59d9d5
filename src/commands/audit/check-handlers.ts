import { isFound } from '../../known.ts';
import { securitySettings } from '../../kubelet/configz.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type Hit, hitOn } from './finding.ts';

const handlers = [
  { id: 'KA101', setting: 'debuggingHandlers', field: 'enableDebuggingHandlers' },
  { id: 'KA102', setting: 'profilingHandler', field: 'enableProfilingHandler' },
  { id: 'KA103', setting: 'debugFlagsHandler', field: 'enableDebugFlagsHandler' },
  { id: 'KA104', setting: 'systemLogHandler', field: 'enableSystemLogHandler' },
  { id: 'KA105', setting: 'systemLogQuery', field: 'enableSystemLogQuery' },
] as const;

/** Optional handlers that are on. */
export function checkHandlers({ name, configuration }: NodeAuditFacts): Hit[] {
  if (!isFound(configuration)) return [];
  const settings = securitySettings(configuration.found.value);
  return handlers
    .filter(({ setting }) => settings[setting])
    .map(({ id, field }) => hitOn(name, id, `${field} is true`));
}
