/** What long work is given: when to give up, and whom to tell how far it is. */
export interface Task {
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** Work that nobody watches or interrupts. */
export const quietTask: Task = { signal: new AbortController().signal, note: () => undefined };
