import { isFound } from '../../known.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { type SecuritySettings, securitySettings } from '../../kubelet/configz.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type Hit, onNode } from './finding.ts';

const handlers: readonly {
  readonly id: RuleId;
  readonly isOn: (settings: SecuritySettings) => boolean;
  readonly field: string;
}[] = [
  {
    id: 'KA101',
    isOn: ({ debuggingHandlers }) => debuggingHandlers,
    field: 'enableDebuggingHandlers',
  },
  {
    id: 'KA102',
    isOn: ({ profilingHandler }) => profilingHandler,
    field: 'enableProfilingHandler',
  },
  {
    id: 'KA103',
    isOn: ({ debugFlagsHandler }) => debugFlagsHandler,
    field: 'enableDebugFlagsHandler',
  },
  {
    id: 'KA104',
    isOn: ({ systemLogHandler }) => systemLogHandler,
    field: 'enableSystemLogHandler',
  },
  { id: 'KA105', isOn: ({ systemLogQuery }) => systemLogQuery, field: 'enableSystemLogQuery' },
];

/** Optional handlers that are on. */
export function checkHandlers({ name, configuration }: NodeAuditFacts): Hit[] {
  if (!isFound(configuration)) return [];
  const settings = securitySettings(configuration.found.value);
  return handlers
    .filter(({ isOn }) => isOn(settings))
    .map(({ id, field }) => ({ id, place: onNode(name, `${field} is true`) }));
}
