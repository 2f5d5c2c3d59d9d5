import type { Readable } from 'node:stream';
import { readInput } from '../../kube/files.ts';
import { readStdin } from '../../kube/read-stdin.ts';

/** What curl's -d means: the text itself, `@FILE`, or `@-` for standard input. */
export async function readRequestBody(
  data: string,
  cwd: string,
  stdin: () => Readable,
  signal: AbortSignal,
): Promise<string | Buffer> {
  if (!data.startsWith('@')) return data;
  const path = data.slice(1);
  return path === '-' ? readStdin(stdin(), signal) : readInput('data', path, { cwd, signal });
}
