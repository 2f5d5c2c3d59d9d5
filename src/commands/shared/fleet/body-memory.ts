import { newCondition } from '../../../condition.ts';

/** Memory that the bodies of several nodes share, so that it grows neither with their number nor with their sizes. */
export interface BodyMemory {
  /** Waits until another node may be called. */
  ready(): Promise<void>;
  /** `index` is the place of a node among all. */
  open(index: number): Share;
  /** From now on, only this node may take more than is left: the results of all others wait for its own. */
  awaits(index: number): void;
}

/** Memory that one node uses. */
export interface Share {
  /** Takes so many bytes. Undefined if they are left; otherwise to be awaited. */
  take(bytes: number): Promise<void> | undefined;
  /** Takes them also where they are not left. */
  hold(bytes: number): void;
  /** Gives all of it back. */
  free(): void;
}

/** In bytes, for all nodes. One of them may take more, so that there is always one that goes on. */
const mostBytes = 32 * 1024 * 1024;

/** After an abort nobody waits. */
export function openBodyMemory(signal: AbortSignal, bytes = mostBytes): BodyMemory {
  const change = newCondition();
  signal.addEventListener('abort', change.notify, { once: true });
  const until = async (check: () => boolean) => {
    while (!signal.aborted && !check()) await change.changed();
  };
  let left = bytes;
  /** How many nodes wait for some. */
  let waiting = 0;
  /** The node that has taken more than was left. */
  let leader: number | undefined;
  /** The node whose result all others wait for. */
  let awaited: number | undefined;

  const open = (index: number): Share => {
    let held = 0;
    const hold = (count: number) => {
      held += count;
      left -= count;
    };
    const takeNow = (count: number): boolean => {
      if (count > left) {
        if ((awaited ?? leader ?? index) !== index) return false;
        leader = index;
      }
      hold(count);
      return true;
    };
    return {
      take: (count) => {
        if (takeNow(count)) return undefined;
        waiting += 1;
        return until(() => takeNow(count)).finally(() => {
          waiting -= 1;
          change.notify();
        });
      },
      hold,
      free: () => {
        left += held;
        held = 0;
        if (leader === index) leader = undefined;
        change.notify();
      },
    };
  };

  return {
    ready: () => until(() => left > 0 && waiting === 0),
    open,
    awaits: (index) => {
      awaited = index;
      change.notify();
    },
  };
}
