import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { executable, root } from './paths.ts';

/** Sources of the executable. package.json is one of them, because it contains the version. */
const parts = ['src/**/*.ts', 'scripts/{*,snapshot/*}.ts', '{package,package-lock}.json'];

/** Whether the executable is newer than all of its sources. */
export function isBuilt(program: string = executable, sources: string = root): boolean {
  if (!existsSync(program)) return false;
  const builtMs = statSync(program).mtimeMs;
  return globSync(parts, { cwd: sources }).every(
    (path) => statSync(join(sources, path)).mtimeMs <= builtMs,
  );
}
