import { Failure, Interrupted } from '../../../errors.ts';
import type { Reviewed } from '../../../kube/api-server/access-review.ts';
import { askVerdict } from '../../../kube/kubelet/ask-authorization.ts';
import { kubeletAttributes } from '../../../kubelet/authorization.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import type { AskedRight } from '../../pair/existing-access.ts';
import type { NodeRight, RightFacts } from '../facts.ts';
import { ruleOf } from '../report/rights.ts';
import type { AskedKubelet } from './open-kubelet.ts';

/**
 * What RBAC says of rights, and what one kubelet does. A `create` is not asked of a kubelet: it would run something. RBAC is
 * asked about that kubelet's node, as kubelets do, so that rights on some nodes by name count there.
 */
export async function lookAtRights(
  rights: readonly NodeRight[],
  review: (right: AskedRight) => Promise<Reviewed | undefined>,
  asked: AskedKubelet | undefined,
): Promise<readonly RightFacts[]> {
  const name = asked?.node;
  try {
    return await Promise.all(
      rights.map(async (right) => {
        const [reviewed, answer] = await Promise.all([
          review({ resource: 'nodes', ...right, ...(name !== undefined && { name }) }),
          asked && answerTo(right, asked),
        ]);
        return { ...right, review: reviewed, answer };
      }),
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
    if (error instanceof Failure || error instanceof Interrupted) return undefined;
    throw error;
  }
}
