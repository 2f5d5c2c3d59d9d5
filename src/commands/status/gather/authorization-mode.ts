import { Failure, Interrupted } from '../../../errors.ts';
import type { Kubelet } from '../../../kube/kubelet/kubelet.ts';
import { longestConfiguration, parseConfigz, securitySettings } from '../../../kubelet/configz.ts';

/** `authorization.mode` of a kubelet's configuration; undefined if it does not show that. */
export async function authorizationMode(kubelet: Kubelet): Promise<string | undefined> {
  try {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    const { status, text } = await kubelet.read(sent, longestConfiguration);
    const configuration = status === 200 ? parseConfigz(text) : undefined;
    return configuration && securitySettings(configuration).authorizationMode;
  } catch (error) {
    if (error instanceof Failure || error instanceof Interrupted) return undefined;
    throw error;
  } finally {
    kubelet.close();
  }
}
