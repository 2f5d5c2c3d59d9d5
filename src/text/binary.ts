/** Whether the start of a text, which may end within a character, is none: it has NUL, or is not UTF-8. */
export function looksBinary(start: Uint8Array): boolean {
  if (start.includes(0)) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return false;
  } catch {
    return true;
  }
}
