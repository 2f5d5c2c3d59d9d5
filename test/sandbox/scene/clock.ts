/** The time when the nodes and their pods started: three hours before the scene. */
export const startedAt = new Date(Date.now() - 3 * 3_600_000).toISOString().replace(/\.\d+/, '');

export function secondsRun(): number {
  return (Date.now() - Date.parse(startedAt)) / 1000;
}

/** Oscillates around 1 within half a minute, with a phase for each seed. */
export function wave(seed: number): number {
  return 1 + 0.35 * Math.sin(Date.now() / 4000 + seed);
}
