import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { lookUpNode } from '../../kube/api-server/nodes.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import {
  type Kubelet,
  openDirect,
  openDirectTo,
  openViaApiServer,
} from '../../kube/kubelet/kubelet.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import type { Request } from '../../kube/transport/transport.ts';
import type { KubeletTarget } from './target.ts';

interface Access {
  readonly apiServer: ApiServer;
  /** Called for direct connections alone, before the address is looked up: it rejects what no kubelet accepts. */
  readonly openAccess: () => Promise<KubeletAccess>;
  readonly signal: AbortSignal;
  readonly limits: Limits | undefined;
}

/** Opens the kubelet for a request that is to follow. */
export async function findKubelet(
  target: KubeletTarget,
  request: Request,
  { apiServer, openAccess, signal, limits }: Access,
): Promise<Kubelet> {
  if (target.via === 'apiserver') return openViaApiServer(target.node, apiServer);
  const access = await openAccess();
  if (target.via === 'address') return openDirect(undefined, target, access, signal, limits);
  const { node, types, port } = target;
  const found = await lookUpNode(apiServer, node, request);
  return openDirectTo(found, types, port, access, signal, limits);
}
