import { Failure } from '../../errors.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { NodeRight, RightFacts } from '../../kubelet/report/facts.ts';
import { ruleOf } from '../../kubelet/report/rights.ts';
import type { Kubelet } from '../kubelet.ts';
import type { Reviewed } from '../review.ts';
import { askVerdict } from '../verdict.ts';

/** A kubelet that has answered before, and the minor version that it has. */
export interface AskedKubelet {
  readonly kubelet: Kubelet;
  readonly minor: number;
}

/** What RBAC says of rights, and what one kubelet does. A `create` is not asked of a kubelet: it would run something. */
export async function lookAtRights(
  rights: readonly NodeRight[],
  review: (right: NodeRight) => Promise<Reviewed | undefined>,
  asked: AskedKubelet | undefined,
): Promise<readonly RightFacts[]> {
  try {
    return await Promise.all(
      rights.map(async (right) => ({
        ...right,
        review: await review(right),
        answer: asked && (await answerTo(right, asked)),
      })),
    );
  } finally {
    asked?.kubelet.close();
  }
}

async function answerTo(
  right: NodeRight,
  { kubelet, minor }: AskedKubelet,
): Promise<RightFacts['answer']> {
  const [request] = probesFor([ruleOf(right)], minor);
  if (!request) return undefined;
  try {
    const { said } = await askVerdict(kubelet, request);
    // Where nodes/proxy would do as well, a yes does not tell which of the two it was for.
    const { subresources } = kubeletAttributes(request.method, request.path, minor);
    if (said === 'allowed' && subresources.length > 1) return undefined;
    return said === 'allowed' || said === 'refused' ? said : undefined;
  } catch (error) {
    // The probes of the nodes tell that better.
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
