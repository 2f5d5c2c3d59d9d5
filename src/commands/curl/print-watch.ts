import { Writable } from 'node:stream';
import type { KubeletInvocation } from '../../cli/kubelets.ts';
import type { Context } from '../../context.ts';
import { exitCodes, Failure, formatError, UsageFailure } from '../../errors.ts';
import { paused } from '../../kube/pause.ts';

/**
 * Looks again and again until it is interrupted. What stderr tells of a look is told again only when it changes. The first look must
 * succeed on a node at least; what fails later may pass.
 */
export async function printLooks(
  intervalMs: number,
  invocation: KubeletInvocation,
  look: (invocation: KubeletInvocation) => Promise<number>,
): Promise<number> {
  const { signal, stderr } = invocation.context;
  const told = openTold(stderr);
  const context: Context = Object.create(invocation.context, { stderr: { value: told.stream } });
  const telling: KubeletInvocation = Object.create(invocation, { context: { value: context } });
  for (let isFirst = true; ; isFirst = false) {
    try {
      const code = await look(telling);
      if (isFirst && code === exitCodes.error) return code;
    } catch (error) {
      if (isFirst || !(error instanceof Failure) || error instanceof UsageFailure) throw error;
      told.stream.write(formatError(error, false).text);
    } finally {
      // Of a later look that is cut short, there is nothing to tell.
      if (isFirst || !signal.aborted) told.flush();
    }
    if (signal.aborted || !(await paused(intervalMs, signal))) return exitCodes.interrupted;
  }
}

/** Holds what is written until the end of a look, and hands on the lines that the last did not have. */
function openTold(stderr: Writable) {
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
      const lines = text.split('\n').filter((line) => line !== '');
      text = '';
      const news = lines.filter((line) => !before.has(line));
      stderr.write(news.map((line) => `${line}\n`).join(''));
      before = new Set(lines);
    },
  };
}
