import { Failure } from '../../errors.ts';
import { isFound, type Known } from '../../known.ts';
import { longestErrorBody, openDirect } from '../../kube/kubelet-client/client.ts';
import type { KubeletAccess } from '../../kube/kubelet-client/kubelet-access.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { certificateOf } from '../../kube/transport/peer-certificate.ts';
import type { HostPort } from '../../kubelet/address.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { certificateCauses } from '../../kubelet/causes/causes.ts';
import { anonymousPath, readAnonymousAnswer } from './anonymous-answer.ts';
import type { NodeAuditFacts } from './facts.ts';

/** Access without a credential: `verifying` verifies serving certificates, `trusting` does not. */
export interface AnonymousAccess {
  readonly verifying: Known<KubeletAccess>;
  readonly trusting: KubeletAccess;
}

type Shown = Pick<NodeAuditFacts, 'anonymous' | 'certificate' | 'distrust'>;

/** Sends a request without a credential. If the serving certificate does not verify, sends it again without verification. */
export async function probeAnonymous(
  name: string,
  address: HostPort,
  { verifying, trusting }: AnonymousAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<Shown> {
  const shownTo = (access: KubeletAccess) => ask(name, address, access, limits, signal);
  const shown = await readOrNote(async (): Promise<Shown> => {
    if (!isFound(verifying)) return { ...(await shownTo(trusting)), distrust: verifying };
    if (!verifying.found.trust.verify) {
      const distrust = { unknown: 'certificates are not verified with -k' };
      return { ...(await shownTo(verifying.found)), distrust };
    }
    try {
      return { ...(await shownTo(verifying.found)), distrust: { found: 'none' } };
    } catch (error) {
      const cause = error instanceof Failure ? causeOfFailure(error) : 'unknown';
      if (!certificateCauses.includes(cause)) throw error;
      return { ...(await shownTo(trusting)), distrust: { found: cause } };
    }
  });
  return isFound(shown) ? shown.found : { anonymous: shown, certificate: shown, distrust: shown };
}

async function ask(
  name: string,
  address: HostPort,
  access: KubeletAccess,
  limits: Limits,
  signal: AbortSignal,
): Promise<Omit<Shown, 'distrust'>> {
  using kubelet = openDirect(name, address, access, signal, limits);
  const sent = await kubelet.send({ method: 'GET', path: anonymousPath });
  // Read the certificate first: at the end of the body, the socket may be released.
  const certificate = certificateOf(sent);
  const { status, text } = await kubelet.read(sent, longestErrorBody);
  const found = readAnonymousAnswer(status, text);
  const unknown = `the ${oneLine(kubelet.label)} answered ${status}, not as a kubelet does: ${oneLine(text)}`;
  return {
    anonymous: found ? { found } : { unknown },
    certificate: certificate ? { found: certificate } : { unknown: 'it showed no certificate' },
  };
}
