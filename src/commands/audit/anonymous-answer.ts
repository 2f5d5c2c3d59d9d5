import { oneLine } from '../../kubelet/authorization-result.ts';
import { causeOfResponse } from '../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../kubelet/denial.ts';
import type { AnonymousAnswer } from './facts.ts';

export const anonymousPath = '/healthz';

/** Classifies the answer to an anonymous GET of `anonymousPath`; undefined if the server is not a kubelet. */
export function readAnonymousAnswer(status: number, text: string): AnonymousAnswer | undefined {
  if (status === 401) return { result: 'no-credential-accepted' };
  if (isHealth(status, text)) return { result: 'served', status };
  // A 500 also shows that anonymous authentication is on. If it were off, the kubelet would answer 401 before authorization.
  const isKnown =
    status === 403
      ? parseKubeletDenial(text)?.user === 'system:anonymous'
      : causeOfResponse(status, text) === 'kubelet-cannot-reach-apiserver' &&
        text.includes('(user=system:anonymous, ');
  return isKnown ? { result: 'forbidden', words: oneLine(text) } : undefined;
}

/** Whether the answer to /healthz comes from a kubelet, healthy or not, and not from another program on the port. */
export function isHealth(status: number, text: string): boolean {
  return (
    (status === 200 && text.trim() === 'ok') ||
    (status === 500 && text.trimEnd().endsWith('healthz check failed'))
  );
}
