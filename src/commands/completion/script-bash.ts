export const bashScript = `# bash completion for kubectl-kubeletaccess
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
