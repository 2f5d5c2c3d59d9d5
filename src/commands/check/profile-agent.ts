import { UsageFailure } from '../../errors.ts';
import { type Agent, direct } from '../../kubelet/agents/agent.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { RbacSubject } from '../../objects.ts';
import { type ProfileName, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { formatSubject } from '../../rbac/subject.ts';

/** Returns the service account as an agent whose calls are the requests that a profile is for. */
export function profileAgent(account: RbacSubject, profile: ProfileName): Agent {
  const rules = rulesToAsk(profileOf(profile));
  const callsOf = (minor: number) => direct(probesFor(rules, minor).map(({ path }) => path));
  const calls = callsOf(Number.POSITIVE_INFINITY);
  if (calls.length === 0)
    throw new UsageFailure(
      `check cannot be used with --profile ${profile}: no read-only request can show it`,
    );
  return {
    ...{ name: formatSubject(account), repository: '', evidence: '', narrowing: 'unknown' },
    identifiers: { images: [], serviceAccounts: [], roles: [], labels: {}, userAgents: [] },
    ...{ calls, callsOf },
  };
}
