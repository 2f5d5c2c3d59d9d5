import type { NodeFacts } from '../facts.ts';
import { authorizationMode } from './authorization-mode.ts';
import { openStraight, openVia } from './open-kubelet.ts';
import type { Survey } from './survey.ts';

/** Few: each takes a request more, and they tell what the others are likely to be. */
const mostModes = 5;

/** Adds, where a kubelet allows what RBAC does not seem to, who decides there. */
export async function withModes(
  survey: Survey,
  probed: readonly NodeFacts[],
  { client, caller }: { readonly client: boolean; readonly caller: boolean },
): Promise<readonly NodeFacts[]> {
  const strange = probed
    .filter(
      ({ direct, viaApiServer }) =>
        (client && viaApiServer.result === 'ok') || (caller && direct.result === 'ok'),
    )
    .slice(0, mostModes);
  if (survey.signal.aborted || strange.length === 0) return probed;
  const modes = new Map(
    await Promise.all(
      strange.map(async (facts) => {
        const straight = caller && facts.direct.result === 'ok';
        const kubelet = (straight && openStraight(survey, facts)) || openVia(survey, facts);
        return [facts, await authorizationMode(kubelet)] as const;
      }),
    ),
  );
  return probed.map((facts) =>
    modes.has(facts) ? { ...facts, authorizationMode: modes.get(facts) } : facts,
  );
}
