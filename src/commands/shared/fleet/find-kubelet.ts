import type { TargetRequest } from '../../../cli/node-options.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import {
  type Kubelet,
  openDirect,
  openDirectTo,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import {
  directLimits,
  knownLimits,
  namingNode,
  openAutoPath,
  openCached,
} from '../../../kube/kubelet-client/fallback.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import type { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { defaultLimits, type Limits } from '../../../kube/transport/limits.ts';
import type { Node } from '../../../objects.ts';
import type { KubeletTarget } from './find-targets.ts';

/** How kubelets are reached. */
export interface Access {
  readonly apiServer: ApiServer;
  /** Undefined if no request goes directly to a kubelet. */
  readonly kubelets: KubeletAccess | undefined;
  readonly signal: AbortSignal;
  /** Reads answers in another way: decodes them, or checks that they are what was asked for. */
  readonly wrap?: ((kubelet: Kubelet) => Kubelet) | undefined;
  /** With --via auto, called with the reason before the API server is used. */
  readonly switches: (failure: KubeletFailure) => void;
  /** Reads a node whose address of earlier is not right. */
  readonly lookUp?: ((name: string) => Promise<Node>) | undefined;
}

/** Opens the kubelet of a target by the path that was asked for. */
export function findKubelet(
  target: KubeletTarget,
  path: TargetRequest,
  access: Access,
  limits: Limits | undefined,
): Kubelet {
  const kubelet = open(target, path, access, limits);
  return access.wrap?.(kubelet) ?? kubelet;
}

function open(
  { node = { metadata: { name: '' } }, address, name, isCached }: KubeletTarget,
  { via, types, port }: TargetRequest,
  { apiServer, kubelets, signal, switches, lookUp }: Access,
  limits: Limits | undefined,
): Kubelet {
  if (!kubelets) return openViaApiServer(name, apiServer, limits);
  if (address) return openDirect(undefined, address, kubelets, signal, limits);
  const openAt = (at: Node, by: KubeletAccess, within: Limits | undefined) =>
    openDirectTo(at, types, port, by, signal, within);
  if (isCached && lookUp)
    return openCached(openAt(node, namingNode(kubelets, name), knownLimits(limits)), async () =>
      openAt(await lookUp(name), kubelets, limits),
    );
  if (via !== 'auto') return openAt(node, kubelets, limits);
  return openAutoPath(
    () => openAt(node, kubelets, directLimits(limits ?? defaultLimits)),
    openViaApiServer(name, apiServer, limits),
    switches,
  );
}
