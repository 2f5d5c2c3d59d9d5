/** Of a kubelet's answer. No node has as many: more than a thousand for each of its pods. */
const mostValues = 500_000;

/**
 * Small values take many times their text. They are counted before anything is parsed, by what stands before a value, also in
 * strings; and only where it matters.
 */
export function hasMoreValues(text: string, most: number): boolean {
  if (text.length < most) return false;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // A comma, bracket or brace.
    if (code === 0x2c || code === 0x5b || code === 0x7b) values += 1;
  }
  return values > most;
}

/** What a kubelet sent, or why it cannot be read: `not JSON`. */
export type ParsedJson = { readonly value: unknown } | { readonly problem: string };

export function parseBoundedJson(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): ParsedJson {
  if (hasMoreValues(text, mostValues)) return { problem: `more than ${mostValues} values` };
  try {
    return { value: parse(text) };
  } catch {
    return { problem: 'not JSON' };
  }
}
