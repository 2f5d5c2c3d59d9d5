/** As JSON.parse, with a bigint where a number is no exact integer. With a long number it takes several times as long. */
export function parseExactJson(text: string): unknown {
  return /\d{16}/.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
}

/** ECMAScript 2026 gives a reviver the text of a value. */
function exactInteger(_key: string, value: unknown, context: { readonly source?: string } = {}) {
  const { source = '' } = context;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** A function of JavaScript that its types lack still. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** As JSON.stringify, also of bigints. */
export function exactJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_, each: unknown) => (typeof each === 'bigint' ? rawJSON(String(each)) : each),
    indent,
  );
}
