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

/** What one node takes of it. */
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
  const pool: Pool = { left: bytes, waiting: 0, leader: undefined, awaited: undefined };

  const open = (index: number): Share => {
    let held = 0;
    const hold = (count: number) => {
      held += count;
      pool.left -= count;
    };
    const takeNow = (count: number): boolean => {
      if (count > pool.left) {
        if (!mayLead(pool, index)) return false;
        pool.leader = index;
      }
      hold(count);
      return true;
    };
    return {
      take: (count) => {
        if (takeNow(count)) return undefined;
        pool.waiting += 1;
        return until(() => takeNow(count)).finally(() => {
          pool.waiting -= 1;
          change.notify();
        });
      },
      hold,
      free: () => {
        pool.left += held;
        held = 0;
        if (pool.leader === index) pool.leader = undefined;
        change.notify();
      },
    };
  };

  return {
    ready: () => until(() => pool.left > 0 && pool.waiting === 0),
    open,
    awaits: (index) => {
      pool.awaited = index;
      change.notify();
    },
  };
}

interface Pool {
  /** In bytes. */
  left: number;
  /** How many nodes wait for some. */
  waiting: number;
  /** The node that has taken more than was left. */
  leader: number | undefined;
  /** The node whose result all others wait for. */
  awaited: number | undefined;
}

function mayLead({ leader, awaited }: Pool, index: number): boolean {
  return (awaited ?? leader ?? index) === index;
}
