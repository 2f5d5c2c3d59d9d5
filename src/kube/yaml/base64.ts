/** Base64 as Go reads it, which passes over line breaks and insists on the padding; undefined for anything else. */
export function unwrapBase64(text: string): string | undefined {
  const packed = text.replaceAll(/[\r\n]/g, '');
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed) ? packed : undefined;
}
