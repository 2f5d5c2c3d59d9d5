import { Semaphore } from 'async-mutex';
import { newCondition } from '../../condition.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import { describeCause, describeDetour } from '../../kubelet/detours.ts';
import { readyState } from '../../kubelet/readiness.ts';
import type { Node } from '../../objects.ts';
import { defaultLimits, type Limits, msUntil } from '../transport/limits.ts';
import type { Via } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';

/** By which path the kubelets of a cluster were read last. */
export type RememberedPath =
  /** `isSlow`: connections take longer than the limit of a first try. */
  | { readonly via: 'direct'; readonly isSlow: boolean }
  | { readonly via: 'apiserver'; readonly why: Cause };

interface ChoiceSettings {
  readonly remembered: RememberedPath | undefined;
  /** Called with undefined for a path that does not work any more. */
  readonly remember: (path: RememberedPath | undefined) => void;
  /** All that are to be read. */
  readonly nodes: readonly Node[];
  /** Called once for each reason, with a line as of `notes`, where a run has no end. */
  readonly tell?: (line: string) => void;
}

/** So many nodes are tried before the others. */
const mostScouts = 3;

/** At once, through an API server that nobody asked to carry the load. */
const mostProxied = 20;

/** In ms. After that, a node that does not answer through the API server keeps no other from being asked. */
const proxiedTurnMs = 2000;

/** In ms, of a kubelet where it is not known whether any can be reached directly. */
const firstTry = { dialMs: 1000, connectMs: 3000 };

/** In ms. First nodes that have not failed by then are connected, and slow to answer: no other waits for them. */
const patienceMs = { first: firstTry.connectMs + 1000, late: defaultLimits.connectMs + 1000 };

/** In ms, of a kubelet among others that are reached: a packet that is lost is sent again after a second. */
const laterTry = { dialMs: 2000 };

export type PathChoice = ReturnType<typeof choosePath>;

/** Chooses the path to the kubelets of a cluster: the first of them decide for all. */
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
  /** The most frequent reason. */
  const why = (): Cause => {
    if (known?.via === 'apiserver') return known.why;
    const [[cause] = ['connection timed out' as const]] = [...causes].sort(([, a], [, b]) => b - a);
    return cause;
  };
  return {
    /** Undefined until it is known. */
    get via() {
      return first.result;
    },
    /** Whether kubelets that are neither reached directly nor through the API server have been tried in vain by the full limits. */
    get isHopeless() {
      return late.result === 'neither';
    },
    /**
     * Waits until a node is one of the first, or these have decided, or take so long that they must have connected. To be called when
     * its direct path is known.
     */
    turn: first.turn,
    /** The same for a second try by the full limits, where the API server denies the node proxy. */
    lateTurn: late.turn,
    /** Waits for the nodes that are being tried, and returns the path that they decided for; undefined if they did not. */
    outcome: first.outcome,
    /** Limits of a direct request to a kubelet. */
    limitsOf: (limits: Limits) => {
      if (known?.via === 'direct' && known.isSlow) return limits;
      return within(limits, first.result === 'direct' ? laterTry : firstTry);
    },
    /** A kubelet answered a direct request. */
    reached: (isLate?: true) => {
      hasReached = true;
      if (isLate) late.decide('direct');
      first.decide('direct');
      if (known?.via !== 'direct') keep({ via: 'direct', isSlow: isLate ?? false });
    },
    /** A direct request failed for a reason to go through the API server. */
    missed: (node: Node, { why: cause }: KubeletFailure) => {
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
      if (counts(node)) first.fail();
      // Another network, perhaps: the next run finds out.
      if (first.failures >= needed && !hasReached && known?.via === 'direct') keep(undefined);
    },
    missedLate: late.fail,
    /** A kubelet answered through the API server. `left`: why it was not called directly; undefined if that was not tried. */
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
    /** Why a node is not called directly where others have decided. */
    whyNotTried: () => new KubeletFailure(`not tried: ${describeCause(why(), 2)}`, { why: why() }),
    /** Waits until another request may go through the API server. */
    proxySlot: async () => {
      const [, release] = await slots.acquire();
      const timer = setTimeout(release, proxiedTurnMs);
      return () => {
        clearTimeout(timer);
        release();
      };
    },
    /** Where one kubelet is read for long: after a failure, the next request finds out the path anew. */
    reconsider: () => {
      if (nodes.length === 1) first.reopen();
    },
    /** Lines that say which kubelets are read through the API server, and why. `isVerbose`: also if that was remembered. */
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

/** The first `needed` nodes decide for all: one success, or only failures. */
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
      // Others need the rest of their time.
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
