/** A long task, with a signal that interrupts it and a function that prints progress. */
export interface Task {
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** A task that nothing interrupts and that prints no notes. */
export const quietTask: Task = { signal: new AbortController().signal, note: () => undefined };
