import { Failure } from '../../errors.ts';
import { describeCause, explanationLines, findAnswerCause } from '../../kubelet/causes/causes.ts';
import type { Where } from '../../kubelet/causes/where.ts';
import { findRelayedFailure } from '../../kubelet/explain/relayed-failure.ts';
import { parseKubeletRefusal } from '../../kubelet/refusal.ts';
import {
  missingForCaller,
  missingForKubeletClient,
  remedyForNodeProxy,
} from '../../kubelet/remedy.ts';
import { parseApiServerRefusal } from '../../rbac/api-server-refusal.ts';
import { apiServerFailure, parseStatus } from '../api-server/api-server-failure.ts';
import type { Request, TextAnswer } from '../transport/transport.ts';
import type { Kubelet } from './kubelet.ts';

/** An answer of 400 or more, as a failure: who denied what in which words, why, what is missing, and what to run. */
export function answerFailure(kubelet: Kubelet, request: Request, answer: TextAnswer): Failure {
  const { status, text } = answer;
  if (kubelet.via === 'apiserver' && parseStatus(text))
    return apiServerFailed(kubelet.where, answer);
  const body = text.trim() || '(empty)';
  const message = `the ${kubelet.label} answered ${request.method} ${request.path} with ${status}: ${body}`;
  return new Failure(message, explainAnswer(kubelet.where, answer));
}

function explainAnswer(where: Where, { status, text }: TextAnswer) {
  const found = findAnswerCause(status, text);
  if (!found) return {};
  const refusal = parseKubeletRefusal(text);
  const missingFor = where.hop === 'caller -> kubelet' ? missingForCaller : missingForKubeletClient;
  return explanationLines(
    describeCause(found, { ...where, refusal }),
    refusal ? missingFor(refusal) : '',
  );
}

/** Of the API server itself, or of its connection to the kubelet. */
function apiServerFailed(where: Where, answer: TextAnswer): Failure {
  const failure = apiServerFailure(answer);
  const { message, prefix, words } = failure;
  const refused = answer.status === 403 ? parseApiServerRefusal(words) : undefined;
  if (refused?.resource === 'nodes/proxy') {
    const { missing, hints } = remedyForNodeProxy(refused.user, refused.verb);
    return new Failure(message, { prefix, details: [`missing: ${missing}`], hints });
  }
  const relayed = answer.status >= 500 ? findRelayedFailure(words) : undefined;
  if (!relayed) return failure;
  const description = describeCause(relayed, { ...where, address: relayed.address });
  return new Failure(message, { prefix, ...explanationLines(description) });
}
