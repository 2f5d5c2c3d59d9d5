import { isGiven } from '../../../cli/argv.ts';
import { addCredential, requestLog } from '../../../cli/connection.ts';
import { hasKubeletFlags, type KubeletInvocation, kubeletFlagsOf } from '../../../cli/kubelets.ts';
import type { PathSettings } from '../../../cli/node-options.ts';
import { Failure, isFailure, UsageFailure } from '../../../errors.ts';
import type { Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import {
  addressOfNode,
  type Kubelet,
  openDirect,
  openViaApiServer,
  type Relay,
} from '../../../kube/kubelet-client/client.ts';
import {
  type KubeletAccess,
  type KubeletFlags,
  openKubeletAccess,
  openWithoutCredential,
  withoutName,
} from '../../../kube/kubelet-client/kubelet-access.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import { lookUpNode } from '../../../kube/kubelet-client/look-up-node.ts';
import {
  createNodeCache,
  createPathMemory,
  type NodeCache,
} from '../../../kube/kubelet-client/node-cache.ts';
import { openAuto, watchDirect } from '../../../kube/kubelet-client/open-auto.ts';
import {
  knownLimits,
  namesNodes,
  namingNode,
  openCached,
} from '../../../kube/kubelet-client/open-cached.ts';
import { choosePath, type PathChoice } from '../../../kube/kubelet-client/path-choice.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import type { Workers } from '../../../kube/workers/open-workers.ts';
import { oneLine } from '../../../kubelet/authorization-result.ts';
import type { Node } from '../../../objects.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import type { KubeletTarget } from './find-targets.ts';

/**
 * The door through which every command reaches kubelets. It decides
 *
 * - the way: directly or through the API server. With `auto`, the nodes that are called first decide for all, and later runs know it.
 * - what kubelets see: the credential of the caller, or none. `openKubeletAccess` says when this may be a token.
 * - whom to trust: certificates that a CA or a fingerprint verifies; at a cached address, only certificates that name the node.
 * - who connects: this process or, for many nodes, workers.
 */
export interface Door {
  /** Access for direct requests; undefined if all requests go through the API server. */
  readonly direct: KubeletAccess | undefined;
  /** Cache of addresses; undefined if certificates of kubelets do not prove which node they belong to. */
  readonly cache: NodeCache | undefined;
  /** The way that requests go; undefined until the first nodes have decided. */
  readonly way: Kubelet['via'] | undefined;
  /**
   * Lets the nodes that will be called decide the way, and remembers it. Without this call, requests go directly if they can.
   * @param tell prints why nodes are called through the API server, once for each reason
   */
  expect(
    targets: readonly Pick<KubeletTarget, 'node' | 'address'>[],
    tell?: (line: string) => void,
  ): Promise<void>;
  one(target: KubeletTarget, limits: Limits, more?: OneOptions): Kubelet;
  /** Renders lines for stderr: which kubelets were called through the API server, and why. */
  notes(isVerbose: boolean): string;
  close(): void;
}

interface OneOptions {
  readonly signal?: AbortSignal;
  /** Path through the API server; by default, the node proxy. */
  readonly relay?: Relay | undefined;
}

/** A door of `via: 'direct'`. */
export type DirectDoor = Door & { readonly direct: KubeletAccess };

interface DoorSettings extends PathSettings {
  /** API server whose paths lead to kubelets. */
  readonly apiServer: ApiServer;
  /** API server that looks up nodes; by default the same. */
  readonly lookUps?: ApiServer;
  /** Request whose permission is named, too, if a node may not be looked up. */
  readonly next?: Request;
  /** Whether a single kubelet is called; by default, whether --node or --kubelet-address names a single kubelet. */
  readonly isOne?: boolean;
  /** What kubelets see; by default, the credential of the caller. */
  readonly shows?: Shown;
  /** Wraps a kubelet, to decode or check its responses. */
  readonly wrap?: ((kubelet: Kubelet) => Kubelet) | undefined;
}

type Shown =
  | 'credential'
  /** No credential. Kubelets are verified as by other programs, which know no fingerprints. */
  | 'nothing'
  /** No credential. Kubelets are not verified. */
  | 'nothing, unverified'
  /** No credential, and no request: TLS handshakes alone. Without a CA or fingerprint, kubelets are not verified. */
  | 'handshake';

/** From this number of nodes on, workers connect, and a note says which requests they cost the API server. */
export const largeFleet = 500;

/** Throws a Failure of the kind `no direct path` if kubelets must be called directly, and cannot. Close it in the end. */
export async function openDoor(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  settings: DoorSettings & { readonly via: 'direct' },
): Promise<DirectDoor>;
export async function openDoor(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  settings: DoorSettings,
): Promise<Door>;
export async function openDoor(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  settings: DoorSettings,
): Promise<Door> {
  const { via, types, port, apiServer, lookUps = apiServer, next, wrap } = settings;
  const { env, signal: interrupt } = invocation.context;
  const { access: opened, left } = await openAccess(invocation, connection, settings);
  const cache = opened && namesNodes(opened) ? createNodeCache(env, connection) : undefined;
  let direct = opened;
  let choice: PathChoice | undefined;
  let workers: Workers | undefined;

  const open = (
    target: KubeletTarget,
    limits: Limits,
    { signal = interrupt, relay }: OneOptions,
  ) => {
    const { node = { metadata: { name: '' } }, address, name, isCached, denied } = target;
    const relayed = (why: KubeletFailure | undefined) =>
      openViaApiServer(name, apiServer, limits, why, relay);
    if (!direct || denied) return relayed(denied ?? left);
    const access = direct;
    if (address) return openDirect(undefined, address, access, signal, limits);
    const openAt = (at: Node, by: KubeletAccess, within: Limits) =>
      openDirect(at.metadata.name, addressOfNode(at, types, port), by, signal, within);
    const straight = (within: Limits) =>
      isCached && next
        ? openCached(openAt(node, namingNode(access, name), knownLimits(within)), async () =>
            openAt(await lookUpNode(name, cache, lookUps, next), access, within),
          )
        : openAt(node, access, within);
    if (!choice) return straight(limits);
    if (via !== 'auto') return watchDirect(straight(limits), node, choice);
    const paths = { node, direct: straight, relayed: relayed(undefined), limits };
    return openAuto({ ...paths, provesWay: !relay?.isOfApiServer }, choice);
  };

  return {
    get direct() {
      return direct;
    },
    cache,
    get way() {
      if (!direct) return 'apiserver';
      return via === 'auto' && choice ? choice.via : 'direct';
    },
    expect: async (targets, tell) => {
      if (!opened) return;
      // The way is remembered only if no option changes how kubelets are called.
      const memory = hasKubeletFlags(invocation.given)
        ? undefined
        : createPathMemory(env, connection);
      choice = choosePath({
        remembered: memory?.read(),
        remember: (path) => memory?.write(path),
        nodes: targets.flatMap(({ node }) => node ?? []),
        ...(tell && { tell }),
      });
      const wanted = env['KUBELETACCESS_WORKERS'];
      if (targets.length < largeFleet && wanted === undefined) return;
      const { openWorkers } = await import('../../../kube/workers/open-workers.ts');
      workers = openWorkers(wanted);
      if (workers) direct = { ...opened, open: workers.open };
    },
    one: (target, limits, more = {}) => {
      const kubelet = open(target, limits, more);
      return wrap?.(kubelet) ?? kubelet;
    },
    notes: (isVerbose) => {
      const notes =
        left && isVerbose
          ? [`note: kubelets are read through the API server: ${left.message}`]
          : (choice?.notes(isVerbose) ?? []);
      return notes.map((note) => `${escapeControlLine(note)}\n`).join('');
    },
    close: () => workers?.close(),
  };
}

interface OpenedAccess {
  readonly access: KubeletAccess | undefined;
  /** Why `auto` uses only the API server. Absent in all other cases, and with --as. */
  readonly left?: KubeletFailure;
}

/** With `auto` and without kubelet options, a failure is returned in `left`, not thrown. */
async function openAccess(
  invocation: KubeletInvocation,
  connection: ApiConnection,
  { via, isOne, shows = 'credential' }: DoorSettings,
): Promise<OpenedAccess> {
  if (via === 'apiserver') return { access: undefined };
  const { context, globals, given } = invocation;
  const { cwd, env, signal, pipes, secrets } = context;
  const log = requestLog(invocation);
  const world = { cwd, env, signal, pipes, log, showsToken: globals.showToken };
  const flags = shownTo(shows, kubeletFlagsOf(invocation, isOne), connection);
  const openWith = shows === 'credential' ? openKubeletAccess : openWithoutCredential;
  try {
    const opened = await openWith(connection, flags, world);
    const access = isGiven(given, '--kubelet-address') ? withoutName(opened) : opened;
    return {
      access: {
        ...access,
        // Registers secrets before a request is sent, so that output masks them even if a kubelet echoes them.
        identity: async () => {
          const identity = await access.identity();
          addCredential(identity, secrets);
          return identity;
        },
        routeTo: (address) => {
          const route = access.routeTo(address);
          secrets.addUser(route?.proxy.user);
          return route;
        },
      },
    };
  } catch (error) {
    const isOptional = via === 'auto' && !hasKubeletFlags(given);
    if (!isOptional || !isFailure(error, 'no direct path')) throw error;
    // With --as, direct access is always impossible, because only the API server supports impersonation. This needs no explanation in the
    // output.
    if (connection.impersonate) return { access: undefined };
    const { message, hints } = error;
    return { access: undefined, left: new KubeletFailure(message, { why: 'unknown', hints }) };
  }
}

function shownTo(shows: Shown, flags: KubeletFlags, { tls }: ApiConnection): KubeletFlags {
  if (shows === 'credential') return flags;
  if (shows === 'handshake') {
    const { certificateAuthority, pins, pinFiles } = flags;
    const canVerify =
      certificateAuthority !== '' || tls.ca !== undefined || pins.length + pinFiles.length > 0;
    return canVerify ? flags : { ...flags, insecureSkipTlsVerify: true };
  }
  // Fingerprints are ignored, because clients other than this program cannot verify a kubelet by a fingerprint.
  const plain = { ...flags, pins: [], pinFiles: [] };
  return shows === 'nothing'
    ? plain
    : { ...plain, certificateAuthority: '', insecureSkipTlsVerify: true };
}

/**
 * Returns why direct access is impossible, for example with --as or without a suitable credential, with the hints of a `no direct path`
 * failure. Rethrows what an option is to blame for, such as a file that does not exist.
 */
export async function ifPossible<T extends Door>(opened: Promise<T>): Promise<Known<T>> {
  try {
    return { found: await opened };
  } catch (error) {
    const isNoted = error instanceof Failure && !(error instanceof UsageFailure);
    if (!isNoted || error.kind === 'file') throw error;
    const hints = error.kind === 'no direct path' ? error.hints : [];
    return { unknown: oneLine([error.message, ...hints].join('; ')) };
  }
}
