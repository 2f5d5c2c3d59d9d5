import { causeOfAnswer } from './causes/causes.ts';
import { parseKubeletRefusal } from './refusal.ts';

/** What an answer tells of a kubelet's authorization, whatever became of the request after that. */
export type Verdict =
  | { readonly said: 'allowed' }
  | { readonly said: 'refused'; readonly words: string }
  /** Answered before anyone was authorized: the path is switched off, or of another version. */
  | { readonly said: 'not served' }
  | { readonly said: 'nothing'; readonly words: string };

/**
 * Reads the answer of a kubelet itself. A 400, 404, 405 or 500 comes from behind its authorizer, so the request was
 * allowed; what a proxy on the way may have said (429, 502 and above, a redirect) tells nothing.
 */
export function verdictOf(status: number, text: string): Verdict {
  const words = `${status}: ${oneLine(text) || '(nothing)'}`;
  if (status === 401) return { said: 'refused', words: 'no credential is accepted (401)' };
  if (status === 403)
    return parseKubeletRefusal(text)
      ? { said: 'refused', words: oneLine(text) }
      : { said: 'nothing', words: `answered ${words}` };
  if (status === 404 && text.startsWith('404 page not found')) return { said: 'not served' };
  if (causeOfAnswer(status, text) === 'kubelet cannot reach API server')
    return { said: 'nothing', words: `could not ask the API server: ${oneLine(text)}` };
  const fromBehind = (status >= 200 && status < 300) || (status >= 400 && status <= 500);
  return fromBehind && status !== 429
    ? { said: 'allowed' }
    : { said: 'nothing', words: `answered ${words}` };
}

/** A server's words as one cell of a table holds them. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
}
