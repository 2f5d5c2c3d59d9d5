import { Writable } from 'node:stream';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import type { Context } from '../../../context.ts';
import { exitCodes, Failure, formatError, UsageFailure } from '../../../errors.ts';
import { paused } from '../../../kube/within.ts';

/**
 * Repeats a round until it is interrupted. Lines on stderr are printed again only when they change. The first round must succeed on a
 * node at least; what fails later may pass.
 */
export async function repeatView(
  intervalMs: number,
  invocation: KubeletInvocation,
  round: (invocation: KubeletInvocation) => Promise<number>,
): Promise<number> {
  const { signal, stderr } = invocation.context;
  const lines = newLinesOnly(stderr);
  const context: Context = Object.create(invocation.context, { stderr: { value: lines.stream } });
  const telling: KubeletInvocation = Object.create(invocation, { context: { value: context } });
  for (let isFirst = true; ; isFirst = false) {
    try {
      const code = await round(telling);
      if (isFirst && code === exitCodes.error) return code;
    } catch (error) {
      if (isFirst || !(error instanceof Failure) || error instanceof UsageFailure) throw error;
      lines.stream.write(formatError(error, false).text);
    } finally {
      // A later round that is cut short has nothing to say.
      if (isFirst || !signal.aborted) lines.flush();
    }
    if (signal.aborted || !(await paused(intervalMs, signal))) return exitCodes.interrupted;
  }
}

/** Buffers lines until the end of a round, and passes on those that the last round did not have. */
function newLinesOnly(stderr: Writable) {
  let text = '';
  let before: ReadonlySet<string> = new Set();
  return {
    stream: new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    }),
    flush: () => {
      const own = text.split('\n').filter((line) => line !== '');
      text = '';
      const news = own.filter((line) => !before.has(line));
      stderr.write(news.map((line) => `${line}\n`).join(''));
      before = new Set(own);
    },
  };
}
