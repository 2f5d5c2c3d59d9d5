import type { Readable } from 'node:stream';
import { UsageFailure } from '../../errors.ts';
import { readInput } from '../../kube/files.ts';
import { readStdin } from '../../kube/read-stdin.ts';

/** A value of -d or --data-binary. */
export interface GivenData {
  readonly flag: '--data' | '--data-binary';
  readonly value: string;
}

interface Reading {
  readonly cwd: string;
  readonly stdin: () => Readable;
  readonly signal: AbortSignal;
}

/**
 * The body that curl makes of such options: values joined by `&`, where `@FILE` stands for a file and `@-` for standard input.
 * Of what --data reads, CR, LF and NUL are left out.
 */
export async function readRequestBody(
  given: readonly GivenData[],
  reading: Reading,
): Promise<Buffer> {
  if (given.filter(readsStdin).length > 1)
    throw new UsageFailure('standard input can be sent only once: @- is given twice');
  const parts: Buffer[] = [];
  for (const each of given) {
    const part = await readPart(each, reading);
    if (parts.length > 0) parts.push(Buffer.from('&'));
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function readsStdin({ value }: GivenData): boolean {
  return value === '@-';
}

async function readPart(
  { flag, value }: GivenData,
  { cwd, stdin, signal }: Reading,
): Promise<Buffer> {
  if (!value.startsWith('@')) return Buffer.from(value);
  const path = value.slice(1);
  const content = readsStdin({ flag, value })
    ? await readStdin(stdin(), signal)
    : await readInput('data', path, { cwd, signal });
  return flag === '--data'
    ? Buffer.from(content.filter((byte) => byte !== 13 && byte !== 10 && byte !== 0))
    : content;
}
