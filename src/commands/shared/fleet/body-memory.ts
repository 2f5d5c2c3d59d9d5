import { newCondition } from '../../../condition.ts';

export interface BodyMemory {
  /** Waits until another node may be called. */
  ready(): Promise<void>;
  open(index: number): Share;
  /** Sets the node whose result is printed next. From then on, only this node may exceed the shared memory. */
  awaits(index: number): void;
}

export interface Share {
  /** Returns undefined if enough bytes are left, else a promise that resolves when the bytes are taken. */
  take(bytes: number): Promise<void> | undefined;
  /** Takes bytes even if not enough are left. */
  hold(bytes: number): void;
  free(): void;
}

/** Bytes of memory that all nodes share. One node may exceed the limit, so that at least one node can always continue. */
const mostBytes = 32 * 1024 * 1024;

/** Shares `bytes` among all nodes. After an abort, no node waits for memory. */
export function createBodyMemory(signal: AbortSignal, bytes = mostBytes): BodyMemory {
  const change = newCondition();
  signal.addEventListener('abort', change.notify, { once: true });
  const until = async (check: () => boolean) => {
    while (!signal.aborted && !check()) await change.changed();
  };
  let left = bytes;
  let waiting = 0;
  /** Index of the node that took more than was left. */
  let leader: number | undefined;
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
