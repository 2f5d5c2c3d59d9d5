import { causeOfResponse } from './causes/causes.ts';
import { parseKubeletDenial } from './denial.ts';

export type AuthorizationResult =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'denied'; readonly words: string }
  /** The kubelet answered before it checked the permission, because the path is switched off or does not exist in its version. */
  | { readonly verdict: 'not served' }
  | { readonly verdict: 'unknown'; readonly words: string };

/**
 * Reads from a response whether the kubelet allowed the request. Kubelets send 400, 404, 405 or 500 only after authorization, so
 * these mean `allowed`. A status that a proxy may have sent (429, 502 and above, a redirect) gives `unknown`.
 */
export function readAuthorization(status: number, text: string): AuthorizationResult {
  const words = `${status}: ${oneLine(text) || '(empty)'}`;
  if (status === 401) return { verdict: 'denied', words: 'accepts no credential (401)' };
  if (status === 403)
    return parseKubeletDenial(text)
      ? { verdict: 'denied', words: oneLine(text) }
      : { verdict: 'unknown', words: `answered ${words}` };
  if (status === 404 && text.startsWith('404 page not found')) return { verdict: 'not served' };
  if (causeOfResponse(status, text) === 'kubelet-cannot-reach-apiserver')
    return { verdict: 'unknown', words: `could not ask the API server: ${oneLine(text)}` };
  const fromBehind = (status >= 200 && status < 300) || (status >= 400 && status <= 500);
  return fromBehind && status !== 429
    ? { verdict: 'allowed' }
    : { verdict: 'unknown', words: `answered ${words}` };
}

export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
}
