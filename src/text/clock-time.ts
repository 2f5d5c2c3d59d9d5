/** Formats the time of day with its zone, such as `09:14:02Z`: for lines that are printed while something is watched. */
export function clockTime(time: Date): string {
  return `${time.toISOString().slice(11, 19)}Z`;
}
