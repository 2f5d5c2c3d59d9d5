import { Writable } from 'node:stream';
import stringWidth from 'string-width';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import type { Context } from '../../../context.ts';
import {
  exitCodeOf,
  exitCodes,
  Failure,
  formatError,
  type Outcomes,
  UsageFailure,
} from '../../../errors.ts';
import { readings } from '../../../kube/readings.ts';
import { formatDuration } from '../../../text/duration.ts';

interface RoundOutput {
  readonly context: Context;
  /** @param isLost whether all nodes failed, so that the round printed no table */
  show(isLost: boolean): void;
}

/** Repeats a round until an interrupt. The first round must succeed on at least one node; later failures are only printed. */
export async function repeatView(
  intervalMs: number,
  output: RoundOutput,
  invocation: KubeletInvocation,
  round: (invocation: KubeletInvocation) => Promise<Outcomes>,
): Promise<Outcomes> {
  const { signal } = invocation.context;
  const { context } = output;
  const printed: KubeletInvocation = Object.create(invocation, { context: { value: context } });
  let isFirst = true;
  const read = async () => {
    let isLost = true;
    try {
      isLost = exitCodeOf(await round(printed)) === exitCodes.error;
    } catch (error) {
      if (isFirst || !(error instanceof Failure) || error instanceof UsageFailure) throw error;
      context.stderr.write(formatError(error, false).text);
    } finally {
      // The output of an interrupted round is incomplete, so it is printed only for the first round, which has no output before it.
      if (isFirst || !signal.aborted) output.show(isLost);
    }
    return isLost;
  };
  for await (const isLost of readings(read, { pauseMs: () => intervalMs, signal })) {
    if (isFirst && isLost) return { verdict: exitCodes.error };
    isFirst = false;
  }
  return { signal };
}

/** Prints stdout at once. Prints a line of stderr only if the previous round did not print the same line. */
export function createLineOutput(context: Context): RoundOutput {
  const stderr = textStream();
  let before: ReadonlySet<string> = new Set();
  return {
    context: Object.create(context, { stderr: { value: stderr.stream } }),
    show: () => {
      const own = linesOf(stderr.take());
      context.stderr.write(
        own
          .filter((line) => !before.has(line))
          .map((line) => `${line}\n`)
          .join(''),
      );
      before = new Set(own);
    },
  };
}

const mostNotes = 6;

/** Draws each round over the previous round: the time, as much of the table as fits the terminal, and the lines of stderr. */
export function createScreenOutput(context: Context, intervalMs: number): RoundOutput {
  const [stdout, stderr] = [textStream(), textStream()];
  const screen = context.stdout as Writable & { readonly rows?: number; readonly columns?: number };
  const heightOf = (lines: readonly string[]) =>
    lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / (screen.columns || 80))),
      0,
    );
  const fitting = (lines: readonly string[], room: number) => {
    const fit: string[] = [];
    let height = 0;
    for (const line of lines) {
      height += heightOf([line]);
      if (height > room && fit.length > 0) break;
      fit.push(line);
    }
    return fit;
  };
  let drawn = 0;
  let table: readonly string[] = [];
  return {
    context: Object.create(context, {
      stdout: { value: stdout.stream },
      stderr: { value: stderr.stream },
    }),
    show: (isLost) => {
      const notes = linesOf(stderr.take());
      const lines = linesOf(stdout.take());
      // If the first round fails, there is nothing to redraw. If a later round fails, the last table stays on the screen.
      if (isLost && drawn === 0)
        return void context.stderr.write(notes.map((line) => `${line}\n`).join(''));
      if (!isLost) table = lines;
      const shown = notes.slice(0, mostNotes);
      const drawable = fitting(table, (screen.rows || 24) - heightOf(shown) - 3);
      const rest = table.length - drawable.length;
      const time = `${new Date().toISOString().slice(0, 19)}Z`;
      const all = [
        `${time}   every ${formatDuration(intervalMs)}`,
        ...drawable,
        ...(rest > 0 ? [`and ${rest} more lines`] : []),
        ...shown,
      ];
      const up = drawn === 0 ? '' : `\x1b[${drawn}A\r\x1b[J`;
      screen.write(up + all.map((line) => `${line}\n`).join(''));
      drawn = heightOf(all);
    },
  };
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function textStream() {
  let text = '';
  return {
    stream: new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    }),
    take: () => {
      const all = text;
      text = '';
      return all;
    },
  };
}
