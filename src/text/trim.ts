/** Removes blanks at both ends of a text in linear time. A regular expression for blanks at the end would need quadratic time. */
export function trimEnds(text: string, isBlank: (character: string) => boolean): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
