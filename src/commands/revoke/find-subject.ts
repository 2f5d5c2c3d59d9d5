import { Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { learnKubeletClient } from '../../kube/kubelet-client/learn-identity.ts';
import type { RbacSubject } from '../../objects.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';
import { formatSubject, sameSubject, user } from '../../rbac/subject.ts';
import { formatGiver } from '../shared/pair/existing-access.ts';
import { findRemainingAccess } from '../shared/pair/find-existing-access.ts';

/** Who loses access, and as whom kubelets can be asked about it. */
export interface Revoked {
  readonly subject: RbacSubject;
  readonly isClient: boolean;
}

/** The named subject, or the kubelet client. */
export async function findRevoked(
  apiServer: ApiServer,
  named: RbacSubject | undefined,
): Promise<Revoked> {
  const client = await orFailure(
    listNodes(apiServer).then((nodes) => learnKubeletClient(apiServer, nodes)),
  );
  if (client instanceof Failure) {
    if (named) return { subject: named, isClient: false };
    // Its hints are for grant.
    throw new Failure(client.message, { cause: client, details: client.details });
  }
  const known = client.known ? user(client.userName) : undefined;
  const subject = named ?? known;
  if (!subject)
    throw new Failure(
      'nothing to wait for: kubelets would still allow kube-apiserver everything; authorization mode is AlwaysAllow, or another binding grants it',
    );
  return { subject, isClient: known !== undefined && sameSubject(subject, known) };
}

/** Kubelets never come to deny what another binding still grants. */
export async function checkNotAllowed(
  apiServer: ApiServer,
  subject: RbacSubject,
  profile: Profile,
  signal: AbortSignal,
): Promise<void> {
  const remaining = await findRemainingAccess(apiServer, subject, rulesToAsk(profile), signal);
  if (!remaining) return;
  const { permission, binding } = remaining;
  throw new Failure(
    `kubelets will still allow this: ${formatSubject(subject)} can ${permission} through ${formatGiver(binding)}`,
    { hints: ['kubectl kubeletaccess audit'] },
  );
}
