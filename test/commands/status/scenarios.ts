import type { Scenario } from './scenario.ts';
import { betweenScenarios } from './scenarios/between.ts';
import { callerScenarios } from './scenarios/callers.ts';
import { mixtures } from './scenarios/mixtures.ts';
import { nodeScenarios } from './scenarios/nodes.ts';
import { optionScenarios } from './scenarios/options.ts';
import { rightScenarios } from './scenarios/permissions.ts';
import { streamScenarios } from './scenarios/streams.ts';

/** All scenarios: faults, and the report that `status` should print. */
export const scenarios: readonly Scenario[] = [
  ...rightScenarios,
  ...nodeScenarios,
  ...mixtures,
  ...betweenScenarios,
  ...callerScenarios,
  ...optionScenarios,
  ...streamScenarios,
];
