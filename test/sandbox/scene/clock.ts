/** The time when the nodes and their pods started: three hours before the scene. */
export const startedAt = new Date(Date.now() - 3 * 3_600_000).toISOString().replace(/\.\d+/, '');

let isHeld = false;

export function secondsRun(): number {
  return isHeld ? 3 * 3600 : (Date.now() - Date.parse(startedAt)) / 1000;
}

/** Reads something as it is at one fixed time, three hours after the start. */
export function atOneMoment<T>(read: () => T): T {
  const now = Date.now;
  Date.now = () => Date.UTC(2026, 0, 1);
  isHeld = true;
  try {
    return read();
  } finally {
    Date.now = now;
    isHeld = false;
  }
}

/** Oscillates around 1 within half a minute, with a phase for each seed. */
export function wave(seed: number): number {
  return 1 + 0.35 * Math.sin(Date.now() / 4000 + seed);
}
