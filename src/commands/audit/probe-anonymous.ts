import { Failure } from '../../errors.ts';
import { isFound, type Known } from '../../known.ts';
import { type Kubelet, longestErrorBody } from '../../kube/kubelet-client/client.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { certificateOf } from '../../kube/transport/peer-certificate.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { certificateCauses } from '../../kubelet/causes/causes.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import type { DirectDoor } from '../shared/door/open-door.ts';
import { anonymousPath, readAnonymousAnswer } from './anonymous-answer.ts';
import type { NodeAuditFacts } from './facts.ts';

/** Doors without a credential: `verifying` verifies serving certificates, `trusting` does not. */
export interface AnonymousAccess {
  readonly verifying: Known<DirectDoor>;
  readonly trusting: DirectDoor;
}

type Shown = Pick<NodeAuditFacts, 'anonymous' | 'certificate' | 'distrust'>;

/** Sends a request without a credential. If the serving certificate does not verify, sends it again without verification. */
export async function probeAnonymous(
  target: KubeletTarget,
  { verifying, trusting }: AnonymousAccess,
  limits: Limits,
): Promise<Shown> {
  const shownTo = (door: DirectDoor) => ask(door.one(target, limits));
  const shown = await readOrNote(async (): Promise<Shown> => {
    if (!isFound(verifying)) return { ...(await shownTo(trusting)), distrust: verifying };
    if (!verifying.found.direct.trust.verify) {
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

async function ask(opened: Kubelet): Promise<Omit<Shown, 'distrust'>> {
  using kubelet = opened;
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
