import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../test/cluster/folders.ts';
import { run } from '../../test/cluster/shell.ts';

/** Newer ones need modules that the Go proxy does not serve. */
export const nfpmVersion = 'v2.45.2';

/** Gives the path of `nfpm`, which makes packages of Linux on any machine; compiled once, with the versions of its own go.sum. */
export async function needNfpm(): Promise<string> {
  const bin = join(cacheFolder(), `nfpm-${nfpmVersion}/bin`);
  const program = join(bin, 'nfpm');
  if (existsSync(program)) return program;
  const module = `github.com/goreleaser/nfpm/v2/cmd/nfpm@${nfpmVersion}`;
  await run('go', ['install', '-trimpath', '-ldflags=-s -w', module], {
    cwd: '/',
    env: { GOBIN: bin, GOWORK: 'off' },
    timeoutMs: 20 * 60_000,
  });
  return program;
}
