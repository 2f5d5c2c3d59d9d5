// Where the time of a run goes: only in an executable of `npm run build -- --marks`. In every other, calls are left out.

/** Defined when the program is bundled. */
declare const MARKS: boolean | undefined;

const marks: { readonly name: string; readonly ms: number }[] = [];

/** A run begins: what was marked before was when the executable was built. */
export function beginMarks(): void {
  marks.length = 0;
  mark('main');
}

/** Notes that a run has come to this. */
export function mark(name: string): void {
  if (typeof MARKS !== 'undefined' && MARKS) marks.push({ name, ms: performance.now() });
}

/** A line for each, with the ms since the process started, and since the mark before; the last is the end of the run. */
export function printMarks(write: (text: string) => void): void {
  if (typeof MARKS === 'undefined' || !MARKS) return;
  mark('end');
  for (const [index, { name, ms }] of marks.entries()) {
    const since = ms - (marks[index - 1]?.ms ?? 0);
    write(`mark ${name}: ${ms.toFixed(2)} ms (+${since.toFixed(2)})\n`);
  }
}
