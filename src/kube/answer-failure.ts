import { Failure } from '../errors.ts';
import { causeOfAnswer } from '../kubelet/cause.ts';
import { parseApiServerRefusal, parseKubeletRefusal } from '../kubelet/refusal.ts';
import { remedyForCaller, remedyForKubeletClient, remedyForNodeProxy } from '../kubelet/remedy.ts';
import { apiServerFailure, parseStatus } from './api-server.ts';
import type { Kubelet } from './kubelet.ts';
import type { Request } from './transport.ts';

/** An answer of 400 or more, as a failure that says who refused, in whose words, what is missing and what helps. */
export function answerFailure(
  kubelet: Kubelet,
  request: Request,
  status: number,
  text: string,
): Failure {
  const apiServerStatus = kubelet.via === 'apiserver' ? parseStatus(text) : undefined;
  if (apiServerStatus) return apiServerRefusal(status, text);
  const words = text.trim();
  const message = `the ${kubelet.label} answered ${request.method} ${request.path} with ${status}: ${words || '(nothing)'}`;
  const refusal = status === 403 ? parseKubeletRefusal(text) : undefined;
  if (refusal) {
    const remedy =
      kubelet.via === 'direct' ? remedyForCaller(refusal) : remedyForKubeletClient(refusal);
    return new Failure(message, { details: [`missing: ${remedy.missing}`], hints: remedy.hints });
  }
  return new Failure(message, { hints: hintsFor(kubelet, status, text) });
}

function apiServerRefusal(status: number, text: string): Failure {
  const said = apiServerFailure(status, text);
  const refused = status === 403 ? parseApiServerRefusal(said.words) : undefined;
  if (refused?.resource !== 'nodes/proxy') return said;
  const remedy = remedyForNodeProxy(refused.user, refused.verb);
  return new Failure(said.message, {
    prefix: said.prefix,
    details: [`missing: ${remedy.missing}`],
    hints: remedy.hints,
  });
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
