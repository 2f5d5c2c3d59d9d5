/** Formats the first items of a list: `a, b and 3 more`. */
export function summarize<T = string>(
  list: readonly T[],
  most: number,
  textOf: (item: T) => string = String,
): string {
  const rest = list.length - most;
  return (
    list
      .slice(0, most)
      .map((item) => textOf(item))
      .join(', ') + (rest > 0 ? ` and ${rest} more` : '')
  );
}

export function joinWords(words: readonly string[], before: 'and' | 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${before} ${last}`;
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
