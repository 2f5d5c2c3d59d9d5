import type { PathSettings } from '../../../cli/node-options.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import {
  type Kubelet,
  openDirect,
  openDirectTo,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import type { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { openAuto, watchDirect } from '../../../kube/kubelet-client/open-auto.ts';
import { knownLimits, namingNode, openCached } from '../../../kube/kubelet-client/open-cached.ts';
import type { PathChoice } from '../../../kube/kubelet-client/path-choice.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Node } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import type { KubeletTarget } from './find-targets.ts';

export interface Access {
  readonly apiServer: ApiServer;
  /** Access for direct requests; undefined if all requests go through the API server. */
  readonly kubelets: KubeletAccess | undefined;
  readonly signal: AbortSignal;
  /** Wraps a kubelet, to decode or check its responses. */
  readonly wrap?: ((kubelet: Kubelet) => Kubelet) | undefined;
  /** Why --via auto cannot call any kubelet directly. */
  readonly left?: KubeletFailure | undefined;
  /** Chooses the path for --via auto. With --via direct, only records for later runs whether the direct path works. */
  readonly choice?: PathChoice | undefined;
  /** Reads the Node again if its cached address is wrong. */
  readonly lookUp?: ((name: string) => Promise<Node>) | undefined;
}

export function pathNotes({ choice, left }: Access, isVerbose: boolean): string {
  const notes = choice?.notes(isVerbose) ?? [];
  if (left && isVerbose)
    return `note: kubelets are read through the API server: ${escapeControlLine(left.message)}\n`;
  return notes.map((note) => `${escapeControlLine(note)}\n`).join('');
}

export type Relay = (target: KubeletTarget, left: KubeletFailure | undefined) => Kubelet;

export function findKubelet(
  target: KubeletTarget,
  path: PathSettings,
  access: Access,
  limits: Limits,
  relay: Relay = ({ name }, left) => openViaApiServer(name, access.apiServer, limits, left),
): Kubelet {
  const kubelet = open(target, path, access, limits, relay);
  return access.wrap?.(kubelet) ?? kubelet;
}

function open(
  target: KubeletTarget,
  { via, types, port }: PathSettings,
  { kubelets, left, choice, signal, lookUp }: Access,
  limits: Limits,
  relay: Relay,
): Kubelet {
  const { node = { metadata: { name: '' } }, address, name, isCached, denied } = target;
  if (!kubelets || denied) return relay(target, denied ?? left);
  if (address) return openDirect(undefined, address, kubelets, signal, limits);
  const openAt = (at: Node, by: KubeletAccess, within: Limits) =>
    openDirectTo(at, types, port, by, signal, within);
  const direct = (within: Limits) =>
    isCached && lookUp
      ? openCached(openAt(node, namingNode(kubelets, name), knownLimits(within)), async () =>
          openAt(await lookUp(name), kubelets, within),
        )
      : openAt(node, kubelets, within);
  if (!choice) return direct(limits);
  if (via !== 'auto') return watchDirect(direct(limits), node, choice);
  return openAuto({ node, direct, relayed: relay(target, undefined), limits }, choice);
}
