/** Base64 as Go reads it: line breaks are removed and padding is required. Undefined for invalid text. */
export function unwrapBase64(text: string): string | undefined {
  const packed = text.replaceAll(/[\r\n]/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed) ? packed : undefined;
}
