import { UsageFailure } from '../../errors.ts';

/** The query of /run, which a kubelet splits at each space. */
export function runQuery(command: readonly string[]): string {
  const split = command.find((word) => word === '' || word.includes(' '));
  if (split !== undefined)
    throw new UsageFailure(
      `a kubelet splits the command of /run at each space, and "${split}" ${split === '' ? 'is empty' : 'has one'}`,
      { hints: ['exec keeps words as they are: kubectl kubeletaccess exec'] },
    );
  return `cmd=${encodeURIComponent(command.join(' '))}`;
}

/** What a kubelet answers with 500 for a command that failed: its exit code, and its standard error. The rest is lost. */
export function readFailedRun(
  command: readonly string[],
  body: string,
): { readonly code: number; readonly stderr: string } | undefined {
  const start = `command '${command.join(' ')}' exited with `;
  if (!body.startsWith(start)) return undefined;
  const [whole, code] = /^(\d{1,10}): /.exec(body.slice(start.length)) ?? [];
  if (whole === undefined || Number(code) === 0) return undefined;
  return { code: Math.min(Number(code), 255), stderr: body.slice(start.length + whole.length) };
}
