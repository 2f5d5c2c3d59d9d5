import { Failure, Interrupted } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import { longestConfiguration, parseConfigz, securitySettings } from '../../../kubelet/configz.ts';
import type { NodeFacts } from '../facts.ts';
import { openStraight, openVia } from './open-kubelet.ts';
import type { Sources } from './sources.ts';

/** Few: each takes one more request, and the others are likely to be configured alike. */
const mostModes = 5;

/** Adds the authorization mode where a kubelet allows what RBAC does not seem to. */
export async function withModes(
  sources: Sources,
  probed: readonly NodeFacts[],
  unexplained: { readonly client: boolean; readonly caller: boolean },
): Promise<readonly NodeFacts[]> {
  const allowing = probed
    .filter(
      ({ direct, viaApiServer }) =>
        (unexplained.client && viaApiServer.result === 'ok') ||
        (unexplained.caller && direct.result === 'ok'),
    )
    .slice(0, mostModes);
  if (sources.signal.aborted || allowing.length === 0) return probed;
  const modes = new Map(
    await Promise.all(
      allowing.map(async (facts) => {
        const straight = unexplained.caller && facts.direct.result === 'ok';
        const kubelet = (straight && openStraight(sources, facts)) || openVia(sources, facts);
        return [facts, await readMode(kubelet)] as const;
      }),
    ),
  );
  return probed.map((facts) =>
    modes.has(facts) ? { ...facts, authorizationMode: modes.get(facts) } : facts,
  );
}

/** `authorization.mode` of a kubelet's configuration; undefined if the caller may not read that. */
async function readMode(kubelet: Kubelet): Promise<string | undefined> {
  try {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    const { status, text } = await kubelet.read(sent, longestConfiguration);
    const configuration = status === 200 ? parseConfigz(text).decoded : undefined;
    return configuration && securitySettings(configuration.value).authorizationMode;
  } catch (error) {
    if (error instanceof Failure || error instanceof Interrupted) return undefined;
    throw error;
  } finally {
    kubelet.close();
  }
}
