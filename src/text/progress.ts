/** The stream for progress: stderr. */
interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Progress extends Disposable {
  readonly update: (done: number, all: number) => void;
  /** Ends the progress; must always be called, also after an error. */
  readonly end: () => void;
}

/**
 * Starts to show progress. On a terminal, one line is rewritten, and erased at the end. Elsewhere, one line is printed at the start
 * and one at the end, or nothing if `terminalOnly`.
 */
export function openProgress(screen: Screen, title: string, terminalOnly = false): Progress {
  let line = '';
  let started = false;
  let isEnded = false;
  const terminal = screen.isTTY === true;
  const end = () => {
    isEnded = true;
    if (!started || (!terminal && terminalOnly)) return;
    // Blanks, because not every terminal supports escape sequences.
    screen.write(terminal ? `\r${' '.repeat(line.length)}\r` : `${line}\n`);
    started = false;
  };
  return {
    update: (done, all) => {
      if (isEnded) return;
      line = `${title}: ${done}/${all} nodes`;
      if (terminal) screen.write(`\r${line}`);
      else if (!started && !terminalOnly) screen.write(`${line}\n`);
      started = true;
    },
    end,
    [Symbol.dispose]: end,
  };
}
