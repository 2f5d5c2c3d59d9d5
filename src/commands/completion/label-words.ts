/** The last term of a selector such as `a=b,c`; `labels` are `key=value`. Keys go on with `=`, the only one left with its values. */
export function completeSelector(typed: string, labels: readonly string[]): readonly string[] {
  const start = typed.lastIndexOf(',') + 1;
  const [head, term] = [typed.slice(0, start), typed.slice(start)];
  const [, key = '', operator] = /^([^=!]*)(!=|==?)?/.exec(term) ?? [];
  const keys = labelKeys(labels).filter((each) => each.startsWith(key));
  const isValue = operator !== undefined;
  const whole = isValue ? key : keys.length === 1 ? keys[0] : undefined;
  if (whole === undefined) return keys.map((each) => `${head}${each}=`);
  return labels
    .filter((label) => keyOf(label) === whole)
    .map((label) => `${head}${whole}${operator ?? '='}${label.slice(whole.length + 1)}`);
}

/** What `--role` names. Source: kubectl's `findNodeRoles`. */
export function nodeRoles(labels: readonly string[]): readonly string[] {
  const roles = labels.flatMap(
    (label) =>
      /^node-role\.kubernetes\.io\/([^=]+)=/.exec(label)?.[1] ??
      /^kubernetes\.io\/role=(.+)$/.exec(label)?.[1] ??
      [],
  );
  return [...new Set(roles)];
}

export function labelKeys(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.map(keyOf))];
}

function keyOf(label: string): string {
  return label.slice(0, label.indexOf('='));
}
