import { readdirSync, statSync } from 'node:fs';
import { inFolder } from './files.ts';

/** No shell shows more. */
const most = 2000;

/** Paths that begin with what is typed, folders with a slash at their end. None where a folder cannot be read. */
export function listFiles(typed: string, cwd: string): readonly string[] {
  const head = typed.slice(0, typed.lastIndexOf('/') + 1);
  const start = typed.slice(head.length);
  try {
    return readdirSync(inFolder(cwd, head || '.'), { withFileTypes: true })
      .filter(
        ({ name }) => name.startsWith(start) && name.startsWith('.') === start.startsWith('.'),
      )
      .slice(0, most)
      .map((entry) => {
        const path = `${head}${entry.name}`;
        // A link may lead to a folder.
        const isFolder = entry.isSymbolicLink() ? leadsToFolder(path, cwd) : entry.isDirectory();
        return isFolder ? `${path}/` : path;
      })
      .sort();
  } catch {
    return [];
  }
}

function leadsToFolder(path: string, cwd: string): boolean {
  return statSync(inFolder(cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
