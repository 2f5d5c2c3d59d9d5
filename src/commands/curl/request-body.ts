import type { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import { UsageFailure } from '../../errors.ts';
import { readInput } from '../../kube/files/read-file.ts';
import { readStdin } from '../../kube/files/read-stdin.ts';
import type { Request } from '../../kube/transport/transport.ts';
import type { RequestHead } from './request.ts';

interface Reading {
  readonly cwd: string;
  readonly stdin: () => Readable;
  readonly signal: AbortSignal;
}

/** As curl, for which a body is a form unless a header says otherwise: a kubelet reads `cmd` of /run from it. */
const formType = { 'content-type': 'application/x-www-form-urlencoded' };

/** A request with the body that its options give, if there are any. */
export async function withRequestBody(
  { method, path, headers, data }: RequestHead & { readonly data: readonly string[] },
  context: Pick<Context, 'cwd' | 'stdin' | 'signal'>,
): Promise<Request> {
  if (data.length === 0) return { method, path, headers };
  // Standard input is opened only if it is read.
  const reading = { cwd: context.cwd, stdin: () => context.stdin, signal: context.signal };
  const body = await readRequestBody(data, reading);
  return { method, path, headers: { ...formType, ...headers }, body };
}

/**
 * The body that curl makes of -d: values joined by `&`, where `@FILE` stands for a file and `@-` for standard input.
 * Of what it reads, CR, LF and NUL are left out.
 */
export async function readRequestBody(given: readonly string[], reading: Reading): Promise<Buffer> {
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

export function readsStdin(value: string): boolean {
  return value === '@-';
}

async function readPart(value: string, { cwd, stdin, signal }: Reading): Promise<Buffer> {
  if (!value.startsWith('@')) return Buffer.from(value);
  const path = value.slice(1);
  const content = readsStdin(value)
    ? await readStdin(stdin(), signal)
    : await readInput('data', path, { cwd, signal });
  return Buffer.from(content.filter((byte) => byte !== 13 && byte !== 10 && byte !== 0));
}
