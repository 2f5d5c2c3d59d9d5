import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { executable } from '../../scripts/paths.ts';
import { withFiles } from './temporary.ts';
import { type Result, runProcess } from './tool.ts';

/** Runs a script that stops at the first failing command. */
export type Bash = (script: string, env?: Readonly<Record<string, string>>) => Promise<Result>;

/** A program called kubectl that starts the plugin, and denies `kubectl logs`. */
const kubectl = `#!/bin/sh
if [ "$1" = logs ]; then
  echo 'Error from server (Forbidden): Forbidden (user=Kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])' >&2
  exit 1
fi
shift
exec '${executable}' "$@"
`;

export function withBash<T>(
  kubeconfig: string,
  use: (bash: Bash, folder: string) => Promise<T>,
): Promise<T> {
  return withFiles({ kubectl }, (folder) => {
    chmodSync(join(folder, 'kubectl'), 0o755);
    const PATH = `${folder}${delimiter}${process.env['PATH']}`;
    const bash: Bash = (script, env) =>
      runProcess('bash', ['-eo', 'pipefail', '-c', script], {
        cwd: folder,
        env: { PATH, HOME: folder, KUBECONFIG: kubeconfig, ...env },
      });
    return use(bash, folder);
  });
}
