/** Lists the first items: `a, b and 3 more`. */
export function summarize(list: readonly string[], most: number): string {
  const rest = list.length - most;
  return list.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
