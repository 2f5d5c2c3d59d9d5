import { oneLine } from '../../kubelet/authorization-result.ts';
import { causeOfResponse } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import type { AnonymousAnswer } from './facts.ts';

/** The harmless path that is requested without a credential. */
export const anonymousPath = '/healthz';

/** A kubelet's answer to an anonymous GET of that path; undefined if it is not a kubelet's. */
export function readAnonymousAnswer(status: number, text: string): AnonymousAnswer | undefined {
  if (status === 401) return { result: 'no credential accepted' };
  if (isHealth(status, text)) return { result: 'served', status };
  // With 500 it let the client in and could not authorize it: a 401 comes before that.
  const isKnown =
    status === 403
      ? parseKubeletDenial(text)?.user === 'system:anonymous'
      : causeOfResponse(status, text) === 'kubelet cannot reach API server' &&
        text.includes('(user=system:anonymous, ');
  return isKnown ? { result: 'forbidden', words: oneLine(text) } : undefined;
}

/** Whether a kubelet's /healthz answered, healthy or not: anything may listen on a port. */
export function isHealth(status: number, text: string): boolean {
  return (
    (status === 200 && text.trim() === 'ok') ||
    (status === 500 && text.trimEnd().endsWith('healthz check failed'))
  );
}
