export const fishScript = `# fish completion for kubectl-kubeletaccess

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
