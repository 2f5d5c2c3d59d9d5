import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hangLimits } from './hang-limits.ts';
import { runProcess } from './tool.ts';

export interface Terminal {
  /** Types a text, without Enter. */
  type(text: string): Promise<void>;
  /** Presses a key by its name in tmux: `Enter`, `Tab`, `C-u`. */
  press(...keys: readonly string[]): Promise<void>;
  /** Types a text and presses Enter. */
  enter(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Returns the text on the screen, without trailing spaces and lines. */
  screen(): Promise<string>;
  /** Waits until the screen matches. Throws an Error with the screen at the time limit. */
  until(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Waits until the screen stops changing. Returns its text. */
  settled(): Promise<string>;
}

const size = { columns: 160, rows: 50 } as const;

/** Runs a command in exactly this environment, under a tmux server of its own. */
export async function withTerminal<T>(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (terminal: Terminal) => Promise<T>,
): Promise<T> {
  const server = `kubeletaccess-${randomUUID()}`;
  const tmux = async (...args: readonly string[]) => {
    const result = await runProcess('tmux', ['-L', server, '-f', '/dev/null', ...args]);
    if (result.code !== 0) throw new Error(`tmux ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const dimensions = ['-x', String(size.columns), '-y', String(size.rows)];
  const whole = ['env', '-i', 'TERM=screen', 'LANG=C.UTF-8', ...assignments, ...command];
  await tmux('new-session', '-d', ...dimensions, ...whole);
  const screen = async () =>
    (await tmux('capture-pane', '-p')).replaceAll(/[ \n]+$/gm, '').trimEnd();
  const until = async (pattern: RegExp, timeoutMs = hangLimits.wait) => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const shown = await screen();
      if (pattern.test(shown)) return shown;
      if (performance.now() > deadline) throw new Error(`no ${pattern} on the screen:\n${shown}`);
      await sleep(50);
    }
  };
  const settled = async () => {
    let before = await screen();
    for (;;) {
      await sleep(700);
      const shown = await screen();
      if (shown === before) return shown;
      before = shown;
    }
  };
  const type = async (text: string) => void (await tmux('send-keys', '-l', text));
  const press = async (...keys: readonly string[]) => void (await tmux('send-keys', ...keys));
  try {
    return await use({
      type,
      press,
      enter: async (text) => {
        await type(text);
        await press('Enter');
      },
      resize: async (columns, rows) =>
        void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
      screen,
      until,
      settled,
    });
  } finally {
    await tmux('kill-server');
  }
}
