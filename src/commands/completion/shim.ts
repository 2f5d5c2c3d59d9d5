/** Systems that differ in paths and in how kubectl finds programs. */
export type System = 'unix' | 'windows';

/** A file in a folder of PATH, by which kubectl completes the words after the name of the plugin. */
export interface Shim {
  readonly name: string;
  readonly text: string;
  /** kubectl only wants a file of this name: that of another program does as well. */
  readonly isNameOnly?: boolean;
}

/** In every file that is written here: what lacks it is never replaced and never removed. */
export const mark = 'Written by: kubectl kubeletaccess completion install';

/** The file that kubectl runs. Source: kubectl's plugin_completion.go. */
export const completer = 'kubectl_complete-kubeletaccess';

/** krew links only the plugin itself, and removes only that: the shim finds it on PATH or where krew links it, or offers nothing. */
const shellScript = `#!/bin/sh
# ${mark}
# kubectl runs this file to complete the words after "kubectl kubeletaccess". Without the plugin it offers nothing.
PATH="$PATH:\${KREW_ROOT:-$HOME/.krew}/bin"
command -v kubectl-kubeletaccess >/dev/null 2>&1 && exec kubectl-kubeletaccess __complete "$@" 2>/dev/null
echo :4
`;

/**
 * The same for cmd.exe. A program of the current folder, which cmd.exe would prefer, is never started. kubectl takes a line that
 * ends in CRLF for a candidate: set /p prints no end of line.
 */
const batchFile = `@echo off
rem ${mark}
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
 * To complete, kubectl takes the name of a plugin from its file, on Windows with the extension: for kubectl-kubeletaccess.exe alone
 * it completes "kubectl kubeletaccess.exe", and nothing after "kubectl kubeletaccess". Source: registerPluginCommands in
 * kubectl's plugin_completion.go. Git Bash may run this file.
 */
const nameOnWindows = `#!/bin/sh
# ${mark}
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
