/** Limits and output of long work: when to give up, and where to report progress. */
export interface Task {
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** Work that nobody watches or interrupts. */
export const quietTask: Task = { signal: new AbortController().signal, note: () => undefined };
