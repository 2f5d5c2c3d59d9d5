import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import timersPromises from 'node:timers/promises';
import { atEnd } from './suite.ts';

/**
 * Lets time stand still while this process is busy, and jump to the next timer when it is idle. A dead server then costs no wait, and a
 * slow machine reaches no time limit. The program and the sandbox share this time. Sockets, the internal timers of Node and other
 * processes do not. Tests run one after the other, because time jumps only when all of them are idle.
 */
export function inVirtualTime(): void {
  const time = startVirtualTime();
  atEnd(time.stop);
}

interface VirtualTime {
  /** Restores the real time. Timers of virtual time never fire. */
  stop(): void;
}

/** Time in ms without an event after which the process counts as idle. */
const idleMs = 10;

/** Resources that wait for a timer or a peer in this process. Other resources are work of another thread or process. */
const passive = new Set([
  ...['Immediate', 'Timeout', 'PipeWrap', 'TTYWrap', 'SignalWrap', 'MessagePort'],
  ...['TCPServerWrap', 'TCPSocketWrap', 'TCPConnectWrap', 'ConnectWrap', 'TLSWrap'],
  ...['ShutdownWrap', 'WriteWrap', 'PipeServerWrap', 'PipeConnectWrap'],
]);

interface Timer {
  at: number;
  /** Timers of the same time fire in the order of their numbers. */
  number: number;
  /** Interval in ms; undefined for a timer that fires once. */
  readonly every: number | undefined;
  readonly ms: number;
  readonly fire: () => void;
}

function startVirtualTime(): VirtualTime {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    sleep: timersPromises.setTimeout,
    performanceNow: performance.now,
    dateNow: Date.now,
    abortAfter: AbortSignal.timeout,
  };
  const timers = new Set<Timer>();
  const begun = real.performanceNow.call(performance);
  let now = begun;
  let set = 0;
  let fired = 0;
  let isWatching = false;
  let isStopped = false;

  const activity = () => performance.nodeTiming.uvMetricsInfo.events + fired + set;
  const isBusy = () => process.getActiveResourcesInfo().some((name) => !passive.has(name));
  const first = () =>
    [...timers].reduce<Timer | undefined>(
      (least, timer) =>
        !least || timer.at < least.at || (timer.at === least.at && timer.number < least.number)
          ? timer
          : least,
      undefined,
    );

  const fireFirst = () => {
    const timer = first();
    if (!timer) return;
    now = Math.max(now, timer.at);
    fired += 1;
    timers.delete(timer);
    if (timer.every !== undefined) start(timer);
    timer.fire();
  };
  const watch = () => {
    if (isWatching || isStopped || timers.size === 0) return;
    isWatching = true;
    const next = () => {
      isWatching = false;
      watch();
    };
    const timer = first();
    if (timer && timer.at <= now) {
      setImmediate(() => {
        if (!isStopped && (first()?.at ?? Number.POSITIVE_INFINITY) <= now) fireFirst();
        next();
      });
      return;
    }
    const before = activity();
    real.setTimeout(() => {
      // Events that have arrived meanwhile are handled first.
      setImmediate(() => {
        if (!isStopped && activity() === before && !isBusy()) fireFirst();
        next();
      });
    }, idleMs);
  };
  const start = (timer: Timer) => {
    set += 1;
    timer.at = now + timer.ms;
    timer.number = set;
    timers.add(timer);
    watch();
  };
  const handleOf = (timer: Timer) => {
    const handle = {
      timer,
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
      refresh: () => {
        start(timer);
        return handle;
      },
      close: () => timers.delete(timer),
      [Symbol.dispose]: () => void timers.delete(timer),
    };
    return handle;
  };
  const setTimer = (isRepeated: boolean) => {
    return (callback: (...args: unknown[]) => void, wanted = 0, ...args: unknown[]) => {
      const ms = Math.max(0, wanted);
      const every = isRepeated ? ms : undefined;
      const timer: Timer = { at: 0, number: 0, every, ms, fire: () => callback(...args) };
      start(timer);
      return handleOf(timer);
    };
  };
  const clear = (handle: unknown) => {
    if (typeof handle === 'object' && handle !== null && 'timer' in handle)
      timers.delete(handle.timer as Timer);
    else real.clearTimeout(handle as NodeJS.Timeout);
  };
  const sleep = <T>(ms = 0, value?: T, { signal }: { signal?: AbortSignal | undefined } = {}) =>
    new Promise<T | undefined>((resolve, reject) => {
      const abort = () => {
        clear(handle);
        reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }));
      };
      const handle = setTimer(false)(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  const abortAfter = (ms: number) => {
    const controller = new AbortController();
    const late = () => controller.abort(new DOMException('timed out', 'TimeoutError'));
    setTimer(false)(late, ms);
    return controller.signal;
  };

  Object.assign(globalThis, {
    setTimeout: setTimer(false),
    setInterval: setTimer(true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Object.assign(timersPromises, { setTimeout: sleep });
  syncBuiltinESMExports();
  performance.now = () => now;
  Date.now = () => real.dateNow() + now - begun;
  AbortSignal.timeout = abortAfter;

  return {
    stop: () => {
      isStopped = true;
      const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
      Object.assign(timersPromises, { setTimeout: real.sleep });
      syncBuiltinESMExports();
      performance.now = real.performanceNow;
      Date.now = real.dateNow;
      AbortSignal.timeout = real.abortAfter;
    },
  };
}
