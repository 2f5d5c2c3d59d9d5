export interface Task {
  readonly signal: AbortSignal;
  note(line: string): void;
}

export const quietTask: Task = { signal: new AbortController().signal, note: () => undefined };
