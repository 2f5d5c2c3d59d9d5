import { Failure } from '../../errors.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import { longestRefusal, openDirect } from '../../kube/kubelet/kubelet.ts';
import { certificateOf } from '../../kube/transport/certificate.ts';
import { TransportError } from '../../kube/transport/error.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import { type Cause, causeOfTransport, certificateCauses } from '../../kubelet/cause.ts';
import { anonymousPath, readAnonymousAnswer } from './anonymous-answer.ts';
import type { NodeAuditFacts } from './facts.ts';

/** Two ways to kubelets that show them nothing: one that verifies them, or why there is none, and one that does not. */
export interface AnonymousAccess {
  readonly verifying: KubeletAccess | Failure;
  readonly trusting: KubeletAccess;
}

type Strange = Pick<NodeAuditFacts, 'anonymous' | 'certificate' | 'distrust'>;

/** What a kubelet shows and gives to somebody whom it does not know, in one request; in two, if it cannot be trusted. */
export async function lookWithoutCredential(
  name: string,
  address: { readonly host: string; readonly port: number },
  { verifying, trusting }: AnonymousAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<Strange> {
  const look = (access: KubeletAccess) => ask(name, address, access, limits, signal);
  try {
    if (verifying instanceof Failure)
      return { ...(await look(trusting)), distrust: { unseen: oneLine(verifying.message) } };
    if (!verifying.trust.verify)
      return { ...(await look(verifying)), distrust: { unseen: 'it is not verified, with -k' } };
    try {
      return { ...(await look(verifying)), distrust: { found: 'nothing' } };
    } catch (error) {
      const cause = causeOf(error);
      if (cause === undefined || !certificateCauses.includes(cause)) throw error;
      return { ...(await look(trusting)), distrust: { found: cause } };
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const unseen = { unseen: oneLine(error.message) };
    return { anonymous: unseen, certificate: unseen, distrust: unseen };
  }
}

async function ask(
  name: string,
  address: { readonly host: string; readonly port: number },
  access: KubeletAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<Omit<Strange, 'distrust'>> {
  const kubelet = openDirect(name, address, access, signal, limits);
  try {
    const sent = await kubelet.send({ method: 'GET', path: anonymousPath });
    // Before the body: at its end a socket may be given up.
    const certificate = certificateOf(sent);
    const { status, text } = await kubelet.read(sent, longestRefusal);
    const found = readAnonymousAnswer(status, text);
    const unseen = `the ${oneLine(kubelet.label)} answered ${status}, and not as a kubelet does: ${oneLine(text)}`;
    return {
      anonymous: found ? { found } : { unseen },
      certificate: certificate ? { found: certificate } : { unseen: 'it showed no certificate' },
    };
  } finally {
    kubelet.close();
  }
}

function causeOf(error: unknown): Cause | undefined {
  return error instanceof Failure && error.cause instanceof TransportError
    ? causeOfTransport(error.cause)
    : undefined;
}
