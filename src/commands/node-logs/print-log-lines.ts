import { type Sink, writeOutput } from '../../cli/write-output.ts';
import { Failure } from '../../errors.ts';
import type { Kubelet } from '../../kube/kubelet-client/client.ts';
import { looksBinary } from '../../text/binary.ts';
import { hueOf, type Paint } from '../../text/color.ts';
import { renderText } from '../shared/fleet/render-text.ts';
import { wholeLines } from './whole-lines.ts';

/** Which of the followed logs chunks are of. */
interface LogSource {
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
            hints: ['redirect it to a file, or print it anyway: | cat'],
          },
        );
      isFirst = false;
      await writeOutput(sink, chunk);
    }
  };
}

/** Whole lines, each behind the name of its node. */
export function printLogLines(sink: Sink, paint: Paint): PrintLog {
  return async ({ index, name }, chunks) => {
    const lines = wholeLines();
    const print = (text: string) => {
      const body = { kind: 'text', text } as const;
      const prefixed = renderText({ name, head: undefined, body }, (each) =>
        paint(hueOf(index), each),
      );
      return writeOutput(sink, Buffer.from(prefixed));
    };
    for await (const chunk of chunks) {
      const text = lines.take(chunk);
      if (text !== '') await print(text);
    }
    const last = lines.end();
    if (last !== '') await print(last);
  };
}
