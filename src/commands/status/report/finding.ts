import { type Cause, describeCause, type Occurrence } from '../../../kubelet/causes/causes.ts';
import {
  certificateCommand,
  type Hop,
  type HopName,
  statusCommand,
} from '../../../kubelet/causes/hop.ts';
import type { Finding, FindingRest } from '../../../kubelet/finding.ts';
import type { NodeFacts } from '../facts.ts';
import { isFailedProbe, type Probe } from '../probe.ts';

/** Causes of findings about permissions and the check itself. */
export const permissionCauses = [
  'identity-unknown',
  'access-missing',
  'access-cached',
  'access-expired',
  'access-by-another-way',
  'caller-forbidden',
  'caller-forbidden-by-kubelets',
  'authorization-off',
  'finer-permissions-off',
  'certificate-expires-soon',
  'node-not-ready',
  'not-checked',
  'no-node',
  'interrupted',
] as const;

/** @public */
export type PermissionCause = (typeof permissionCauses)[number];

export type StatusFinding = Finding<Cause | PermissionCause>;

export function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata.name);
}

/** Describes a cause as `curl` and `explain` do. Leaves out commands with results that the report already has. */
export function describeFinding(found: Occurrence, where: Hop) {
  const { sentence, missingRule, remedy, hints } = describeCause(found, where);
  const { address } = where;
  const answered = [statusCommand, address === undefined ? '' : certificateCommand(address)];
  const commands = hints.filter((hint) => !answered.includes(hint));
  return { sentence, rest: { ...(missingRule && { missingRule }), remedy, commands } };
}

export function fixForDenial(probes: readonly Probe[], hop: HopName): FindingRest {
  const denial = probes.find(isFailedProbe)?.denial;
  return denial
    ? describeFinding({ cause: 'forbidden' }, { hop, denial, caller: denial.user }).rest
    : {};
}

export function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.message] : [];
}
