import { addAbortSignal, type Readable } from 'node:stream';
import { Interrupted } from '../errors.ts';
import { readInput } from './files.ts';

/** What curl's -d means: the text itself, `@FILE`, or `@-` for standard input. */
export async function readRequestBody(
  data: string,
  cwd: string,
  stdin: () => Readable,
  signal: AbortSignal,
): Promise<string | Buffer> {
  if (!data.startsWith('@')) return data;
  const path = data.slice(1);
  if (path !== '-') return readInput('data', path, cwd);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(signal, stdin())) chunks.push(Buffer.from(chunk));
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  }
  return Buffer.concat(chunks);
}
