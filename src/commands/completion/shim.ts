/** The program that kubectl runs to complete the words behind the name of the plugin. Source: kubectl's plugin_completion.go. */
export const shimName = 'kubectl_complete-kubeletaccess';

/** In every file that is written here: what lacks it is never replaced and never removed. */
export const mark = 'Written by: kubectl kubeletaccess completion install';

/** krew links only the plugin itself, and removes only that: the shim finds it on PATH or where krew links it, or offers nothing. */
export const shim = `#!/bin/sh
# ${mark}
# kubectl runs this file to complete the words behind "kubectl kubeletaccess". Without the plugin it offers nothing.
PATH="$PATH:\${KREW_ROOT:-$HOME/.krew}/bin"
command -v kubectl-kubeletaccess >/dev/null 2>&1 && exec kubectl-kubeletaccess __complete "$@" 2>/dev/null
echo :4
`;

/** The same for Windows, where kubectl finds `NAME.cmd`. */
export const shimForWindows = [
  '@echo off',
  `rem ${mark}`,
  'where /q kubectl-kubeletaccess && (kubectl-kubeletaccess __complete %* 2>nul & exit /b 0)',
  'echo :4',
  '',
].join('\r\n');
