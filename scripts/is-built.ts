import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { executable, root } from './paths.ts';

/** Whether the executable is newer than all that it is made of. */
export function isBuilt(): boolean {
  if (!existsSync(executable)) return false;
  const builtMs = statSync(executable).mtimeMs;
  const parts = ['src/**/*.ts', 'scripts/*.ts', 'scripts/snapshot/*.ts', 'package-lock.json'];
  return globSync(parts, { cwd: root }).every(
    (path) => statSync(join(root, path)).mtimeMs <= builtMs,
  );
}
