/** The values of placeholders in one run of a case. */
export type Placeholders = Readonly<Record<string, string>>;

/** Replaces each {{name}} by its value. Throws an Error for an unknown name. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(/\{\{([A-Za-z0-9.]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no placeholder is called {{${name}}}`);
    return value;
  });
}

/** Replaces values that differ between runs by {{name}}, in all strings of `value`. */
export function normalise<T>(value: T, values: Placeholders): T {
  const replace = replacer(values);
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? replace(part) : part,
  ) as T;
}

function replacer(values: Placeholders): (text: string) => string {
  const names = Object.entries(values);
  const ports = names.filter(([name]) => name.endsWith('.port'));
  // Replaces longer texts first, because a longer text may contain a shorter text.
  const others = names
    .filter(([name]) => !name.endsWith('.port') && !ports.some(([port]) => port === `${name}.port`))
    .sort(([, a], [, b]) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const [name, value] of others) result = result.replaceAll(value, `{{${name}}}`);
    for (const [name, value] of ports)
      result = result.replace(new RegExp(`:${value}(?!\\d)`, 'g'), `:{{${name}}}`);
    return result;
  };
}
