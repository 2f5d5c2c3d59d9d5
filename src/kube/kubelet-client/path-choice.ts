import { Semaphore } from 'async-mutex';
import { newCondition } from '../../condition.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { describeDetour, reasonForDetour } from '../../kubelet/detours.ts';
import { readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { defaultLimits, type Limits, msUntil } from '../transport/limits.ts';
import type { Via } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/** How the kubelets of a cluster were called last: directly or through the API server. */
export type RememberedPath =
  /** `isSlow` says that connections take longer than the limits of the first try (`firstTry`). */
  | { readonly via: 'direct'; readonly isSlow: boolean }
  | { readonly via: 'apiserver'; readonly why: Cause };

interface ChoiceSettings {
  readonly remembered: RememberedPath | undefined;
  /** Stores the path that works; called with undefined if the stored path no longer works. */
  readonly remember: (path: RememberedPath | undefined) => void;
  readonly nodes: readonly Node[];
  /** Prints a line of `notes` once for each reason. Set only if the command runs until the user stops it. */
  readonly tell?: (line: string) => void;
}

/** Number of nodes that are tried directly before the others. */
const mostScouts = 3;

/** Limit of concurrent requests through the API server. It is low, because the user did not ask for this load on the API server. */
const mostProxied = 20;

/** Time in ms after which a request through the API server frees its slot of `mostProxied`, even without a response. */
const proxiedTurnMs = 2000;

/** Limits in ms of a direct request as long as no kubelet has been reached directly. */
const firstTry = { dialMs: 1000, connectMs: 3000 };

/**
 * Time in ms that other nodes wait for the nodes that are tried first. A node that has not failed after this time is connected, and only
 * its response is slow.
 */
const patienceMs = { first: firstTry.connectMs + 1000, late: defaultLimits.connectMs + 1000 };

/**
 * Limit in ms for opening a direct connection after other nodes were reached. It is more than one second, because a lost packet is sent
 * again after a second.
 */
const laterTry = { dialMs: 2000 };

export type PathChoice = ReturnType<typeof choosePath>;

/**
 * Chooses whether the kubelets of a cluster are called directly or through the API server. The nodes that are tried first decide for all
 * nodes.
 */
export function choosePath(settings: ChoiceSettings) {
  const { remembered, remember, nodes, tell } = settings;
  const isReady = (node: Node) => !/^(?:False|Unknown)$/.test(readyState(node));
  const ready = nodes.filter(isReady);
  const counts = ready.length > 0 ? isReady : () => true;
  const needed = Math.min(mostScouts, Math.max(1, ready.length || nodes.length));
  const first = openVote<Via>(needed, 'apiserver', patienceMs.first, remembered?.via);
  const late = openVote<'direct' | 'neither'>(needed, 'neither', patienceMs.late);
  const slots = new Semaphore(mostProxied);
  const causes = new Map<Cause, number>();
  const detours = new Map<Cause, string[]>();
  let known = remembered;
  let hasReached = false;
  const keep = (path: RememberedPath | undefined) => {
    known = path;
    remember(path);
  };
  /** Returns the most frequent reason why direct requests failed. */
  const why = (): Cause => {
    if (known?.via === 'apiserver') return known.why;
    const [[cause] = ['connection-timed-out' as const]] = [...causes].sort(([, a], [, b]) => b - a);
    return cause;
  };
  return {
    /** The chosen path; undefined until the first nodes have decided. */
    get via() {
      return first.result;
    },
    /** True if the API server denies the node proxy and direct requests failed even with the full limits. */
    get isHopeless() {
      return late.result === 'neither';
    },
    /**
     * Waits until a node may be tried directly. The first nodes need not wait. Other nodes wait until the first nodes have decided, at most
     * for `patienceMs`. Call the returned function when the direct request has ended.
     */
    turn: first.turn,
    /** Like `turn`, for a second direct request with the full limits, after the API server has denied the node proxy. */
    lateTurn: late.turn,
    /** Waits for the nodes that are being tried, at most for `patienceMs`. Returns `via`. */
    outcome: first.outcome,
    limitsOf: (limits: Limits) => {
      if (known?.via === 'direct' && known.isSlow) return limits;
      return within(limits, first.result === 'direct' ? laterTry : firstTry);
    },
    /** Records that a kubelet answered a direct request. `isLate` says that it answered only a second request with the full limits. */
    reached: (isLate?: true) => {
      hasReached = true;
      if (isLate) late.decide('direct');
      first.decide('direct');
      if (known?.via !== 'direct') keep({ via: 'direct', isSlow: isLate ?? false });
    },
    /** Records that a direct request failed, and that the kubelet must be called through the API server. */
    missed: (node: Node, { why: cause }: KubeletFailure) => {
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
      if (counts(node)) first.fail();
      // Forgets the stored path, because this machine may be in another network now. The next run tries both paths.
      if (first.failures >= needed && !hasReached && known?.via === 'direct') keep(undefined);
    },
    missedLate: late.fail,
    /** Records that a kubelet answered through the API server. `left` says why the direct request failed; undefined if there was none. */
    relayed: (name: string, left: KubeletFailure | undefined) => {
      if (known === undefined) keep({ via: 'apiserver', why: left?.why ?? why() });
      if (left === undefined && remembered?.via === 'apiserver') return;
      const cause = left?.why ?? why();
      const names = detours.get(cause) ?? [];
      if (names.length === 0)
        tell?.(`note: ${describeDetour(cause, nodes.length === 1 ? [name] : [])}`);
      names.push(name);
      detours.set(cause, names);
    },
    /** Returns the failure for a node that is not called directly because direct requests to the first nodes failed. */
    whyNotTried: () =>
      new KubeletFailure(`not tried: ${reasonForDetour(why(), 2)}`, { why: why() }),
    /** Waits until another request may be sent through the API server. Call the returned function when the request has ended. */
    proxySlot: async () => {
      const [, release] = await slots.acquire();
      const timer = setTimeout(release, proxiedTurnMs);
      return () => {
        clearTimeout(timer);
        release();
      };
    },
    /** Makes the next request choose the path again after a failure. Does so only for a single node, such as one whose log is followed. */
    reconsider: () => {
      if (nodes.length === 1) first.reopen();
    },
    /**
     * Returns lines that say which kubelets are called through the API server, and why. With `isVerbose`, also mentions a path that an
     * earlier run stored.
     */
    notes: (isVerbose: boolean): readonly string[] => {
      const found = [...detours].map(([cause, names]) => `note: ${describeDetour(cause, names)}`);
      if (!isVerbose || remembered?.via !== 'apiserver') return found;
      return [...found, `note: ${describeDetour(remembered.why, [])} (as found out earlier)`];
    },
  };
}

function within(limits: Limits, { dialMs, connectMs = limits.connectMs }: Partial<Limits>): Limits {
  return {
    ...limits,
    ...(dialMs !== undefined && { dialMs: Math.min(dialMs, limits.connectMs) }),
    connectMs: Math.min(connectMs, limits.connectMs),
  };
}

/** Opens a vote. The first `needed` nodes decide for all nodes: the vote ends with the first success, or when all of them have failed. */
function openVote<Result>(needed: number, ifAllFail: Result, waitMs: number, known?: Result) {
  const change = newCondition();
  let result = known;
  let isOpen = false;
  let running = 0;
  let failures = 0;
  const decide = (decided: Result) => {
    result = decided;
    change.notify();
  };
  return {
    get result() {
      return result;
    },
    get failures() {
      return failures;
    },
    decide,
    reopen: () => {
      result = undefined;
      failures = 0;
    },
    fail: () => {
      failures += 1;
      if (result === undefined && failures >= needed) decide(ifAllFail);
    },
    outcome: async () => {
      while (result === undefined && !isOpen && running > 0) await change.changed();
      return result;
    },
    turn: async ({ deadline }: Limits) => {
      while (result === undefined && !isOpen && running + failures >= needed)
        await change.changed();
      if (result !== undefined) return () => {};
      running += 1;
      const open = () => {
        isOpen = true;
        change.notify();
      };
      // Half of the remaining time is kept for the nodes that wait for this vote.
      const timer = setTimeout(open, Math.min(waitMs, msUntil(deadline) / 2));
      let isRunning = true;
      return () => {
        if (!isRunning) return;
        isRunning = false;
        clearTimeout(timer);
        running -= 1;
        change.notify();
      };
    },
  };
}
