import { bashScript } from './script-bash.ts';
import { fishScript } from './script-fish.ts';
import { powershellScript } from './script-powershell.ts';
import { zshScript } from './script-zsh.ts';
import { mark } from './shim.ts';

/** What makes a shell complete calls of `kubectl-kubeletaccess` without kubectl. */
export const scripts = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const;

export type Shell = keyof typeof scripts;

export const shells = Object.keys(scripts) as readonly Shell[];

/** The shells that load a script by themselves, from a file of the user. */
export const loadingShells = ['bash', 'zsh', 'fish'] as const;

/** A script as a file that can be recognized; the first line says to zsh what it is for. */
export function scriptFile(shell: Shell): string {
  return scripts[shell].replace('\n', `\n# ${mark}\n`);
}
