const own = 'kubectl kubeletaccess ';

/** Commands to run, one a line. What kubectl alone does behind a grant of ours does the same. */
export function runLines(commands: readonly string[]): readonly string[] {
  const [first = ''] = commands;
  return commands.map((command) =>
    first.startsWith(`${own}grant`) && !command.startsWith(own)
      ? `or, with kubectl alone: ${command}`
      : `run: ${command}`,
  );
}
