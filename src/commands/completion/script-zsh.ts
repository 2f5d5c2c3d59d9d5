export const zshScript = `#compdef kubectl-kubeletaccess
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
