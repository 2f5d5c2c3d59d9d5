import { ownershipMark } from './shim.ts';

const bashScript = `# bash completion for kubectl-kubeletaccess
# For an alias: complete -o default -F __kubeletaccess_complete ALIAS

__kubeletaccess_complete() {
    local line=\${COMP_LINE:0:COMP_POINT} words=() word rest i
    # bash splits words at =, : and @, which belong to them here.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=\${line#"\${line%%[![:space:]]*}"}
        word=\${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && word=$rest
        if ((i == 0)) || [[ $rest != "$line" ]]; then
            words+=("\${word//\\\\/}")
        else
            words[\${#words[@]} - 1]+=\${word//\\\\/}
        fi
        line=\${rest#"$word"}
    done

    local current=\${words[\${#words[@]} - 1]} out directive
    out=$(kubectl-kubeletaccess __complete "\${words[@]:1}" 2>/dev/null) || return
    directive=\${out##*:}

    local value=$current head='' candidate tab=$'\\t'
    [[ $current == -*=* ]] && value=\${current#*=}
    # What bash keeps of the word: all before the last of these; the = and : as well.
    for i in = : @; do
        [[ $COMP_WORDBREAKS == *"$i"* && $current == *"$i"* ]] || continue
        word=\${current%"\${current##*"$i"}"}
        [[ $i == @ ]] && word=\${word%@}
        ((\${#word} > \${#head})) && head=$word
    done
    COMPREPLY=()
    while IFS= read -r candidate; do
        candidate=\${candidate%%"$tab"*}
        [[ -n $candidate && $candidate == "$value"* ]] || continue
        candidate=\${current%"$value"}$candidate
        candidate=\${candidate#"$head"}
        [[ $candidate =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || candidate=$(printf %q "$candidate")
        COMPREPLY+=("$candidate")
    done <<<"\${out%:*}"

    type compopt &>/dev/null || return 0
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) && compopt +o default
    ((directive & 16)) && compopt +o default -o dirnames
    return 0
}

complete -o default -F __kubeletaccess_complete kubectl-kubeletaccess
`;

const fishScript = `# fish completion for kubectl-kubeletaccess

function __kubeletaccess_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l out (kubectl-kubeletaccess __complete $words "$current" 2>/dev/null)
    or return
    set -l directive (string sub -s 2 -- $out[-1])
    set -e out[-1]
    set -l flag (string match -r -- '^-[^=]*=' "$current")
    for candidate in $out
        printf '%s%s\\n' "$flag" $candidate
    end
    test (count $out) -gt 0; and return
    set -l value (string replace -r -- '^-[^=]*=' '' "$current")
    if test $directive -eq 16
        printf "$flag%s\\n" (__fish_complete_directories "$value" '')
    else if test $directive -eq 0
        printf "$flag%s\\n" (__fish_complete_path "$value" '')
    end
end

complete -c kubectl-kubeletaccess -f -a '(__kubeletaccess_complete)'
`;

const powershellScript = `# PowerShell completion for kubectl-kubeletaccess

Register-ArgumentCompleter -Native -CommandName 'kubectl-kubeletaccess' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)
    $Words = @($CommandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $CursorPosition } | ForEach-Object { "$_" })
    # Before 7.3, PowerShell drops an empty argument that is not quoted twice.
    $Empty = if ($PSVersionTable.PSVersion -ge [version]'7.3') { '' } else { '""' }
    $Last = if ($WordToComplete) { $WordToComplete } else { $Empty }
    $Flag = if ($WordToComplete -match '^-[^=]*=') { $Matches[0] } else { '' }
    & kubectl-kubeletaccess __complete @Words $Last 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
        $Value, $Description = $_ -split "\`t", 2
        if (-not $Description) { $Description = $Value }
        $Text = "$Flag$Value"
        if ($Text -notmatch '^[A-Za-z0-9_+=:./-]+$') {
            $Text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($Text) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($Text, $Value, 'ParameterValue', $Description)
    }
}
`;

const zshScript = `#compdef kubectl-kubeletaccess
# zsh completion for kubectl-kubeletaccess

_kubectl-kubeletaccess() {
    local out directive line value
    local -a candidates options
    out=$(kubectl-kubeletaccess __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null) || return
    directive=\${out##*:}
    for line in "\${(@f)\${out%:*}}"; do
        [[ -n $line ]] || continue
        value=\${line%%$'\\t'*}
        if [[ $value == $line ]]; then
            candidates+=("\${value//:/\\\\:}")
        else
            candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
        fi
    done
    [[ $PREFIX == -*=* ]] && compset -P '*='
    (( directive & 2 )) && options+=(-S '')
    if (( $#candidates )) && _describe -t words word candidates "\${options[@]}"; then
        return 0
    fi
    if (( directive & 16 )); then
        _files -/
    elif (( ! (directive & 4) )); then
        _files
    fi
}

if [[ $funcstack[1] == _kubectl-kubeletaccess ]]; then
    _kubectl-kubeletaccess "$@"
else
    compdef _kubectl-kubeletaccess kubectl-kubeletaccess
fi
`;

/** Scripts that complete `kubectl-kubeletaccess`, which runs without kubectl. */
export const scripts = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const;

export type Shell = keyof typeof scripts;

export const shells = Object.keys(scripts) as readonly Shell[];

/** Shells that load a script from a file in the user's home. */
export const loadingShells = ['bash', 'zsh', 'fish'] as const;

/** Adds `ownershipMark` as line 2, so that uninstall recognizes the file. Line 1 of the script for zsh must be `#compdef`. */
export function scriptFile(shell: Shell): string {
  return scripts[shell].replace('\n', `\n# ${ownershipMark}\n`);
}
