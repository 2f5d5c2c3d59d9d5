import type { System } from './shim.ts';

/** How kubectl finds what is in a folder that PATH lacks: of Windows in PowerShell, for which kubectl has a script. */
export function pathNote(folder: string, system: System): string {
  const command =
    system === 'windows'
      ? `$env:PATH += ';${folder.replaceAll("'", "''")}'`
      : `export PATH="$PATH:${folder}"`;
  return `kubectl finds it only if PATH has its folder: ${command}`;
}
