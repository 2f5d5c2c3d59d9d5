import { delimiter, dirname, join } from 'node:path';
import { commandLine, shellWord } from '../../src/text/shell.ts';
import { sandboxWorld } from '../../test/sandbox/world.ts';
import { dist } from '../paths.ts';
import type { DemoOptions } from './options.ts';

/**
 * Leaves the cluster up until a signal comes, and removes it. The lines for a shell are all that is written to stdout.
 * @param kubectl its path, if it is installed
 */
export async function keepCluster(
  { minor, nodes = 2 }: DemoOptions,
  kubectl: string | undefined,
): Promise<void> {
  const ended = signalled();
  const world = await sandboxWorld(minor, nodes === 2 ? {} : { fleet: { nodes, digits: 1 } });
  try {
    process.stderr.write(
      `A small cluster of Kubernetes 1.${minor} in this process: a TLS API server and TLS kubelets of ${nodes} nodes, RBAC evaluated for real, no containers.\nPaste these lines into another shell:\n\n`,
    );
    process.stdout.write(
      shellLines(process.platform, {
        KUBECONFIG: world.kubeconfig,
        // What kubectl remembers of this server would stay in the home directory.
        KUBECACHEDIR: join(dirname(world.kubeconfig), 'kubectl-cache'),
      }),
    );
    process.stderr.write(`\n${kubectl === undefined ? withoutKubectl : ''}${suggestions}`);
    await ended;
  } finally {
    await world.stop();
  }
}

/** Assignments to paste, for a POSIX shell or PowerShell. */
export function shellLines(platform: string, variables: Readonly<Record<string, string>>): string {
  const entries = Object.entries(variables);
  if (platform === 'win32') {
    const word = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const set = entries.map(([name, value]) => `$env:${name} = ${word(value)}\n`);
    return `${set.join('')}$env:PATH = ${word(`${dist};`)} + $env:PATH\n`;
  }
  const set = entries.map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  return `${set.join('')}export PATH=${shellWord(`${dist}${delimiter}`)}"$PATH"\n`;
}

const withoutKubectl =
  'kubectl is not installed: type "kubectl-kubeletaccess" for "kubectl kubeletaccess".\n\n';

const suggestions = `Then type what README shows, such as:

${[
  ['kubectl', 'logs', 'web'],
  ['kubectl', 'kubeletaccess', 'status'],
  ['kubectl', 'kubeletaccess', 'grant'],
  ['kubectl', 'kubeletaccess', 'top', 'nodes'],
  ['kubectl', 'kubeletaccess', 'diff', 'configz'],
  ['kubectl', 'kubeletaccess', 'curl', 'healthz', '--all'],
  ['kubectl', 'kubeletaccess', 'curl', 'summary', '--node', 'node-1', '--context', 'dev'],
]
  .map((words) => `  ${commandLine(words)}\n`)
  .join('')}
Kubelets cache denials for 0.3s here, not 30s. Ctrl-C ends the cluster and removes its files.
`;

/** Resolves at the first signal. Later ones do not cut the removal short. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
  });
}
