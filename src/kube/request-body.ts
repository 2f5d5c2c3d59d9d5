import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Failure } from '../errors.ts';
import { fileProblem } from './kubeconfig.ts';

/** What curl's -d means: the text itself, `@FILE`, or `@-` for standard input. */
export async function readRequestBody(
  data: string,
  stdin: () => Readable,
): Promise<string | Buffer> {
  if (!data.startsWith('@')) return data;
  const path = data.slice(1);
  try {
    if (path !== '-') return readFileSync(path);
    const chunks: Buffer[] = [];
    for await (const chunk of stdin()) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (cause) {
    const problem = fileProblem((cause as NodeJS.ErrnoException).code);
    throw new Failure(`cannot read ${path}: ${problem}`, { cause });
  }
}
