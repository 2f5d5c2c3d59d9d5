export const powershellScript = `# PowerShell completion for kubectl-kubeletaccess

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
        [System.Management.Automation.CompletionResult]::new("$Flag$Value", $Value, 'ParameterValue', $Description)
    }
}
`;
