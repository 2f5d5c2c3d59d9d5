import { type Sink, writeOutput } from '../../cli/write-output.ts';
import { Failure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet/kubelet.ts';
import { looksBinary } from '../../text/binary.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import { wholeLines } from './logs/whole-lines.ts';
import { renderText, type TextStyle } from './render-text.ts';

/** Which of the followed logs chunks are of. */
export interface LogSource {
  readonly index: number;
  readonly name: string;
  readonly kubelet: Kubelet;
}

/** Prints a log as it comes, and waits for who reads it. */
export type PrintLog = (source: LogSource, chunks: AsyncIterable<Buffer>) => Promise<void>;

/** As it is. With `onlyText`, what begins as none is refused: a terminal would take it for commands. */
export function printLogBytes(sink: Sink, onlyText: boolean): PrintLog {
  return async ({ kubelet }, chunks) => {
    let isFirst = true;
    for await (const chunk of chunks) {
      if (isFirst && onlyText && looksBinary(chunk))
        throw new Failure(
          `the log of the ${kubelet.label} is not text, and would garble the terminal`,
          {
            hints: ['redirect it to a file, or print it anyway: --force-terminal'],
          },
        );
      isFirst = false;
      await writeOutput(sink, chunk);
    }
  };
}

/** Whole lines, each in the style of a fleet. */
export function printLogLines(sink: Sink, style: TextStyle, paint: Paint): PrintLog {
  return async ({ index, name, kubelet }, chunks) => {
    const lines = wholeLines();
    const start = performance.now();
    let bytes = 0;
    const print = (text: string) => {
      const { via, where } = kubelet;
      const place = {
        name,
        node: name,
        address: where.address,
        via,
        ms: performance.now() - start,
      };
      const body = { kind: 'text', text } as const;
      const answered = { ...place, status: 200, bytes, head: undefined, body };
      return writeOutput(
        sink,
        Buffer.from(renderText(answered, style, (each) => paint(hueOf(index), each))),
      );
    };
    for await (const chunk of chunks) {
      bytes += chunk.length;
      const text = lines.take(chunk);
      if (text !== '') await print(text);
    }
    const last = lines.end();
    if (last !== '') await print(last);
  };
}
