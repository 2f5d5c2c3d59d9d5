// Measures where a run spends its time. Only executables from `npm run build -- --marks` contain the measurements.

/** Defined when the program is bundled; true in a build with --marks. */
declare const MARKS: boolean | undefined;

const marks: { readonly name: string; readonly ms: number }[] = [];

/** Begins a run, and drops earlier marks, because they were made when the executable was built. */
export function beginMarks(): void {
  marks.length = 0;
  mark('main');
}

export function mark(name: string): void {
  if (typeof MARKS !== 'undefined' && MARKS) marks.push({ name, ms: performance.now() });
}

/**
 * Prints a line for each mark: its time in ms since the process started, and since the previous mark. The last mark is the end of the run.
 */
export function printMarks(write: (text: string) => void): void {
  if (typeof MARKS === 'undefined' || !MARKS) return;
  mark('end');
  for (const [index, { name, ms }] of marks.entries()) {
    const since = ms - (marks[index - 1]?.ms ?? 0);
    write(`mark ${name}: ${ms.toFixed(2)} ms (+${since.toFixed(2)})\n`);
  }
}
