import { Failure, Interrupted } from '../../errors.ts';
import type { Kubelet } from '../kubelet.ts';

/** In bytes; more than any configuration of a kubelet has. */
const longestConfiguration = 4 * 1024 * 1024;

/** `authorization.mode` of a kubelet's configuration; undefined if it does not tell. */
export async function authorizationMode(kubelet: Kubelet): Promise<string | undefined> {
  try {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    const { status, text } = await kubelet.read(sent, longestConfiguration);
    if (status !== 200) return undefined;
    const told = JSON.parse(text) as {
      readonly kubeletconfig?: { readonly authorization?: { readonly mode?: unknown } };
    };
    const mode = told.kubeletconfig?.authorization?.mode;
    return typeof mode === 'string' ? mode : undefined;
  } catch (error) {
    if (error instanceof Failure || error instanceof Interrupted || error instanceof SyntaxError)
      return undefined;
    throw error;
  } finally {
    kubelet.close();
  }
}
