/** Trims blanks at both ends in linear time, which a pattern for blanks at the end does not take. */
export function trimEnds(text: string, isBlank: (character: string) => boolean): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
