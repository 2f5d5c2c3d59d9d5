import { Failure } from '../../errors.ts';
import { causeOfAnswer } from '../../kubelet/cause.ts';
import { parseKubeletRefusal } from '../../kubelet/refusal.ts';
import {
  remedyForCaller,
  remedyForKubeletClient,
  remedyForNodeProxy,
} from '../../kubelet/remedy.ts';
import { parseApiServerRefusal } from '../../rbac/api-server-refusal.ts';
import { apiServerFailure, parseStatus } from '../api-server/api-server.ts';
import type { Request, TextAnswer } from '../transport/transport.ts';
import type { Kubelet } from './kubelet.ts';

/** An answer of 400 or more, as a failure that says who refused, in whose words, what is missing and what helps. */
export function answerFailure(kubelet: Kubelet, request: Request, answer: TextAnswer): Failure {
  const { status, text } = answer;
  if (kubelet.via === 'apiserver' && parseStatus(text)) return apiServerRefusal(answer);
  const words = text.trim() || '(nothing)';
  const message = `the ${kubelet.label} answered ${request.method} ${request.path} with ${status}: ${words}`;
  const refusal = status === 403 ? parseKubeletRefusal(text) : undefined;
  if (!refusal) return new Failure(message, { hints: hintsFor(kubelet, status, text) });
  const remedyFor = kubelet.via === 'direct' ? remedyForCaller : remedyForKubeletClient;
  const { missing, hints } = remedyFor(refusal);
  return new Failure(message, { details: [`missing: ${missing}`], hints });
}

function apiServerRefusal(answer: TextAnswer): Failure {
  const said = apiServerFailure(answer);
  const refused = answer.status === 403 ? parseApiServerRefusal(said.words) : undefined;
  if (refused?.resource !== 'nodes/proxy') return said;
  const { missing, hints } = remedyForNodeProxy(refused.user, refused.verb);
  const details = [`missing: ${missing}`];
  return new Failure(said.message, { prefix: said.prefix, details, hints });
}

function hintsFor(kubelet: Kubelet, status: number, text: string): readonly string[] {
  switch (causeOfAnswer(status, text)) {
    case 'no credential accepted':
      return kubelet.via === 'direct'
        ? [
            'the kubelet takes certificates of its own client CA, and tokens only with webhook authentication on; --via apiserver needs neither',
          ]
        : [
            'kube-apiserver shows kubelets a certificate that this one does not accept: look at --kubelet-client-certificate',
          ];
    case 'not found':
      return ['kubectl kubeletaccess curl lists what kubelets serve'];
    case 'switched off':
      return ["that is switched off in the kubelet's configuration: no right opens it"];
    case 'kubelet cannot reach API server':
      return ['the kubelet could not ask the API server whether you may: look at its log'];
    default:
      return [];
  }
}
