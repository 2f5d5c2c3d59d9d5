/** The stream on which progress is shown, which is stderr. */
interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Progress extends Disposable {
  readonly update: (done: number, all: number) => void;
  /** Ends the progress. It must always be called, even after an error. */
  readonly end: () => void;
}

/**
 * Shows progress. On a terminal, it rewrites one line and erases it at the end. Otherwise, it prints one line at the start and one at the
 * end; with `terminalOnly`, nothing.
 */
export function openProgress(screen: Screen, title: string, terminalOnly = false): Progress {
  let line = '';
  let started = false;
  let isEnded = false;
  const terminal = screen.isTTY === true;
  const end = () => {
    isEnded = true;
    if (!started || (!terminal && terminalOnly)) return;
    // The line is erased with blanks, because some terminals do not support escape sequences.
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
