import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { isBuilt } from '../../scripts/is-built.ts';
import { dist, root } from '../../scripts/paths.ts';
import { commandLine, shellWord } from '../../src/text/command.ts';
import { likenesses } from '../likeness/likenesses.ts';
import { startScene } from '../sandbox/scene/scene.ts';
import { startLikeScene } from '../sandbox/world.ts';
import type { DemoOptions } from './options.ts';

/**
 * Keeps the cluster running until a signal comes, and then removes it. Only the lines for a shell are written to stdout.
 * @param kubectl path of kubectl; undefined if it is not installed
 */
export async function keepCluster(
  { minor, nodes, likeness, build }: DemoOptions,
  kubectl: string | undefined,
): Promise<void> {
  if (build) buildOnce();
  const ended = signalled();
  const scene = await (likeness === undefined
    ? startScene({ minor, nodes })
    : startLikeScene(likeness, minor));
  try {
    process.stderr.write(
      `A small cluster of Kubernetes 1.${minor} in this process${likeness ? `, like ${likeness} (${likenesses[likeness]})` : ''}: a TLS API server and TLS kubelets of ${scene.nodes} nodes, RBAC evaluated for real, no containers. It has nodes, pods, logs, service accounts and RBAC; other kinds are missing.\nPaste these lines into another shell:\n\n`,
    );
    process.stdout.write(shellLines(process.platform, scene.env));
    process.stderr.write(
      `\n${kubectl === undefined ? withoutKubectl : ''}${suggestions(scene.folder, await scene.kubelet('node-1'))}`,
    );
    await ended;
  } finally {
    await scene.stop();
  }
}

/** Renders assignments to paste into a POSIX shell or PowerShell. */
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

const suggestions = (
  folder: string | undefined,
  { host, port }: { host: string; port: number },
) => `Then type what README and --help show, such as:

${[
  ['kubectl', 'logs', 'web'],
  ['kubectl', 'kubeletaccess', 'status'],
  ['kubectl', 'kubeletaccess', 'grant'],
  ['kubectl', 'kubeletaccess', 'top', 'nodes', '--watch=2s', '--chart'],
  ['kubectl', 'kubeletaccess', 'node-logs', '--role', 'worker', '-u', 'kubelet', '-f'],
  ['kubectl', 'kubeletaccess', 'exec', '-it', 'web', '--allow-exec', '--', 'sh'],
  ['kubectl', 'kubeletaccess', 'port-forward', 'web', '8080:80', '--allow-exec'],
]
  .map((words) => `  ${commandLine(words)}\n`)
  .join('')}
${folder === undefined ? '' : `The files of the examples, such as audit.log, are in ${folder}.\n`}The kubelet of node-1 is at ${host}:${port}, where examples have 10.0.0.5.
Kubelets cache denials for 0.3s here, not 30s. Ctrl-C ends the cluster and removes its files.
`;

function buildOnce(): void {
  if (isBuilt()) return;
  process.stderr.write('Building the program, which takes half a minute...\n');
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}error: npm run build failed\n`);
  process.exit(1);
}

/** Resolves at the first signal. Later signals do not interrupt the removal. */
export function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
  });
}
