/** Where progress is told: stderr. */
interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Progress {
  readonly update: (done: number, all: number) => void;
  /** Must be called however it ends. */
  readonly end: () => void;
}

/**
 * Rewritten in place on a terminal and erased at the end. Elsewhere a line at the start and one at the end, unless
 * `terminalOnly`.
 */
export function openProgress(screen: Screen, title: string, terminalOnly = false): Progress {
  let line = '';
  let started = false;
  const terminal = screen.isTTY === true;
  return {
    update: (done, all) => {
      line = `${title}: ${done}/${all} nodes`;
      if (terminal) screen.write(`\r${line}`);
      else if (!started && !terminalOnly) screen.write(`${line}\n`);
      started = true;
    },
    end: () => {
      if (!started || (!terminal && terminalOnly)) return;
      // Blanks in place of an escape sequence, which not every terminal knows.
      screen.write(terminal ? `\r${' '.repeat(line.length)}\r` : `${line}\n`);
      started = false;
    },
  };
}
