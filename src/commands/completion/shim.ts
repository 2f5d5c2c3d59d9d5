export type System = 'unix' | 'windows';

/** A file in a folder of PATH that lets kubectl complete the words after the name of the plugin. */
export interface Shim {
  readonly name: string;
  readonly text: string;
  /** Whether only the name of the file matters to kubectl. Then a file with this name from another program is good enough. */
  readonly isNameOnly?: boolean;
}

/** Every file that `completion install` writes has this mark. Files without it are never replaced or removed. */
export const ownershipMark = 'Written by: kubectl kubeletaccess completion install';

/** The file that kubectl runs. Source: kubectl's plugin_completion.go. */
export const completer = 'kubectl_complete-kubeletaccess';

/** If krew removes the plugin, this script remains, and offers no candidates. */
const shellScript = `#!/bin/sh
# ${ownershipMark}
# kubectl runs this file to complete the words after "kubectl kubeletaccess". Without the plugin it offers nothing.
PATH="$PATH:\${KREW_ROOT:-$HOME/.krew}/bin"
command -v kubectl-kubeletaccess >/dev/null 2>&1 && exec kubectl-kubeletaccess __complete "$@" 2>/dev/null
echo :4
`;

/**
 * cmd.exe prefers a program of the current folder, so the shim starts the program by its path. `set /p` prints `:4` without a line end,
 * because kubectl would take a line that ends in CRLF as a candidate.
 */
const batchFile = `@echo off
rem ${ownershipMark}
rem kubectl runs this file to complete the words after "kubectl kubeletaccess". Without the plugin it offers nothing.
setlocal
set "program=%~dp0kubectl-kubeletaccess.exe"
if not exist "%program%" for %%I in (kubectl-kubeletaccess.exe) do set "program=%%~$PATH:I"
if not defined program goto none
"%program%" __complete %* 2>nul
exit /b 0
:none
<nul set /p "=:4"
exit /b 0
`.replaceAll('\n', '\r\n');

/**
 * kubectl takes the name of a plugin from its file name. On Windows, the name includes the extension, so with only
 * kubectl-kubeletaccess.exe, kubectl completes nothing after `kubectl kubeletaccess`. This file has the name without extension. Git Bash
 * may run it.
 * Source: registerPluginCommands in kubectl's plugin_completion.go.
 */
const nameOnWindows = `#!/bin/sh
# ${ownershipMark}
# By this file kubectl for Windows knows the plugin by its name, to complete the words after it.
exec kubectl-kubeletaccess.exe "$@"
`;

export const shims: Readonly<Record<System, readonly Shim[]>> = {
  unix: [{ name: completer, text: shellScript }],
  windows: [
    { name: `${completer}.cmd`, text: batchFile },
    { name: 'kubectl-kubeletaccess', text: nameOnWindows, isNameOnly: true },
  ],
};
