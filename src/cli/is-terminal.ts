/** Whether a standard stream is a terminal. */
export function isTerminal(stream: object): boolean {
  return (stream as { readonly isTTY?: boolean }).isTTY === true;
}
