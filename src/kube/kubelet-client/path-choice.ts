import { Semaphore } from 'async-mutex';
import { newCondition } from '../../condition.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { describeCause, describeDetour } from '../../kubelet/detours.ts';
import { readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { defaultLimits, type Limits, msUntil } from '../transport/limits.ts';
import type { Via } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/** The path by which the kubelets of a cluster were read last. */
export type RememberedPath =
  /** `isSlow`: connections take longer than the limit of a first try. */
  | { readonly via: 'direct'; readonly isSlow: boolean }
  | { readonly via: 'apiserver'; readonly why: Cause };

interface ChoiceSettings {
  readonly remembered: RememberedPath | undefined;
  /** Stores the path that works; called with undefined if the stored path does not work any more. */
  readonly remember: (path: RememberedPath | undefined) => void;
  readonly nodes: readonly Node[];
  /** Prints a line of `notes` once for each reason; set if the command runs until it is stopped. */
  readonly tell?: (line: string) => void;
}

/** Number of nodes that are tried directly before the others. */
const mostScouts = 3;

/** Number of concurrent requests through the API server, whose load the user did not ask for. */
const mostProxied = 20;

/** Time in ms after which a request through the API server without a response no longer counts among these. */
const proxiedTurnMs = 2000;

/** Limits in ms of a direct request while it is unknown whether any kubelet can be reached directly. */
const firstTry = { dialMs: 1000, connectMs: 3000 };

/** Time in ms that other nodes wait for the first nodes. A first node that has not failed by then is connected, and slow to answer. */
const patienceMs = { first: firstTry.connectMs + 1000, late: defaultLimits.connectMs + 1000 };

/** Limit in ms of a direct connection after other nodes were reached: a lost packet is sent again after a second. */
const laterTry = { dialMs: 2000 };

export type PathChoice = ReturnType<typeof choosePath>;

/** Chooses the path to the kubelets of a cluster: the nodes that are tried first decide for all. */
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
  /** Returns the most frequent reason against the direct path. */
  const why = (): Cause => {
    if (known?.via === 'apiserver') return known.why;
    const [[cause] = ['connection timed out' as const]] = [...causes].sort(([, a], [, b]) => b - a);
    return cause;
  };
  return {
    /** The chosen path; undefined until the first nodes have decided. */
    get via() {
      return first.result;
    },
    /** Whether nodes for which the API server denies the node proxy could not be reached directly within the full limits either. */
    get isHopeless() {
      return late.result === 'neither';
    },
    /**
     * Waits until a node may be tried: as one of the first, or after the first have decided or `patienceMs` is over. Returns a function to
     * call when the outcome of the node's direct path is known.
     */
    turn: first.turn,
    /** Like `turn`, for a second try within the full limits after the API server has denied the node proxy. */
    lateTurn: late.turn,
    /** Waits for the nodes that are being tried, and returns the path that they chose; undefined if they chose none. */
    outcome: first.outcome,
    limitsOf: (limits: Limits) => {
      if (known?.via === 'direct' && known.isSlow) return limits;
      return within(limits, first.result === 'direct' ? laterTry : firstTry);
    },
    /** Notes that a kubelet answered a direct request. `isLate`: the kubelet answered only a second try with the full limits. */
    reached: (isLate?: true) => {
      hasReached = true;
      if (isLate) late.decide('direct');
      first.decide('direct');
      if (known?.via !== 'direct') keep({ via: 'direct', isSlow: isLate ?? false });
    },
    /** Notes that a direct request failed for a reason to go through the API server. */
    missed: (node: Node, { why: cause }: KubeletFailure) => {
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
      if (counts(node)) first.fail();
      // This machine may be in another network: the next run tries the paths again.
      if (first.failures >= needed && !hasReached && known?.via === 'direct') keep(undefined);
    },
    missedLate: late.fail,
    /** Notes that a kubelet answered through the API server. `left`: why the direct path failed; undefined if it was not tried. */
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
    /** Returns the failure of a node that is not tried directly, because the direct path failed for the first nodes. */
    whyNotTried: () => new KubeletFailure(`not tried: ${describeCause(why(), 2)}`, { why: why() }),
    /** Waits until another request may go through the API server; returns a function that ends its turn. */
    proxySlot: async () => {
      const [, release] = await slots.acquire();
      const timer = setTimeout(release, proxiedTurnMs);
      return () => {
        clearTimeout(timer);
        release();
      };
    },
    /** Makes the next request choose the path again after a failure, if one kubelet is read for a long time. */
    reconsider: () => {
      if (nodes.length === 1) first.reopen();
    },
    /** Returns lines that say which kubelets are read through the API server, and why. `isVerbose`: also for a remembered path. */
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

/** Opens a vote in which the first `needed` nodes decide for all nodes: by one success, or if all of them fail. */
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
      // The nodes that wait for this vote need the other half of the time.
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
