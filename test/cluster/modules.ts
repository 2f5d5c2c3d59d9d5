import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { run } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';

const minuteMs = 60_000;

/** Runs the go command in the folder of a generated module, or outside of any module. */
export function go(
  args: readonly string[],
  task: Task,
  cwd = '/',
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return run('go', args, {
    cwd,
    // A generated module has no go.sum at first, and must not join a workspace or repository around it.
    env: {
      GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -mod=mod -buildvcs=false`.trim(),
      GOWORK: 'off',
      // Compilers take a seventh less CPU with less garbage collection.
      GOGC: process.env['GOGC'] ?? '400',
      // An interrupted go leaves temporary files, which the next build removes from this folder.
      ...(cwd === '/' ? {} : { GOTMPDIR: cwd }),
      ...env,
    },
    signal: task.signal,
    timeoutMs: 45 * minuteMs,
  });
}

export async function writeModule(
  folder: string,
  goMod: readonly string[],
  packages: readonly string[],
  task: Task,
): Promise<void> {
  const imports = packages.map((name) => `\t_ "${name}"\n`).join('');
  await writeFile(join(folder, 'go.mod'), `module build\n\ngo 1.26\n\n${goMod.join('\n')}\n`);
  await writeFile(
    join(folder, 'tools.go'),
    `//go:build tools\n\npackage tools\n\nimport (\n${imports})\n`,
  );
  await go(['mod', 'tidy'], task, folder);
}

/** k8s.io/kubernetes requires modules in folders of its repository. These lines of go.mod replace each by its published module. */
export async function kubernetesRequirement(
  version: string,
  task: Task,
): Promise<readonly string[]> {
  const answer = await go(['mod', 'download', '-json', `k8s.io/kubernetes@${version}`], task);
  const { GoMod } = JSON.parse(answer) as { readonly GoMod: string };
  const modules = stagingModules(await readFile(GoMod, 'utf8'));
  const replacements = await pMap(
    modules,
    async (module) =>
      `\t${module} => ${module} ${await publishedVersion(module, version.replace(/^v1/, 'v0'), task)}`,
    { concurrency: 4 },
  );
  return [`require k8s.io/kubernetes ${version}`, '', 'replace (', ...replacements, ')'];
}

/** Since 1.37, go.mod has no `replace` for the modules in folders of the repository. */
function stagingModules(goMod: string): readonly string[] {
  const replaced = [...goMod.matchAll(/^\s*(k8s\.io\/[a-z-]+) => \.\/staging/gm)];
  const found =
    replaced.length > 0 ? replaced : [...goMod.matchAll(/^\s*(k8s\.io\/[a-z-]+) v0\.0\.0$/gm)];
  return found
    .flatMap((match) => match[1] ?? [])
    .filter((module) => !module.startsWith('k8s.io/sample-'));
}

/** If the proxy does not have this patch level, returns the newest patch level that it has. */
async function publishedVersion(module: string, version: string, task: Task): Promise<string> {
  if (await isPublished(module, version, task)) {
    return version;
  }
  const series = version.slice(0, version.lastIndexOf('.') + 1);
  const listed = await go(['list', '-m', '-versions', module], task);
  const patches = listed
    .trim()
    .split(' ')
    .filter((name) => name.startsWith(series) && /^\d+$/.test(name.slice(series.length)))
    .sort((a, b) => Number(b.slice(series.length)) - Number(a.slice(series.length)));
  for (const patch of patches) {
    if (await isPublished(module, patch, task)) {
      return patch;
    }
  }
  throw new Error(`no version ${series}* of the Go module ${module} can be downloaded`);
}

async function isPublished(module: string, version: string, task: Task): Promise<boolean> {
  try {
    await go(['mod', 'download', `${module}@${version}`], task);
    return true;
  } catch {
    task.signal.throwIfAborted();
    return false;
  }
}
