/** The values of placeholders in one run of a case. */
export type Placeholders = Readonly<Record<string, string>>;

/** Replaces {{names}} by values; throws for an unknown name. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(/\{\{([A-Za-z0-9.]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no placeholder is called {{${name}}}`);
    return value;
  });
}

/** Replaces values that differ between runs by {{names}}, in all strings. */
export function normalise<T>(value: T, values: Placeholders): T {
  const replace = replacer(values);
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? replace(part) : part,
  ) as T;
}

/** The lines of stderr for readers, without times and process numbers. */
export function normaliseText(text: string, values: Placeholders): string[] {
  return (
    replacer(values)(text)
      // The number and the wording of klog lines depend on timing.
      .replace(/^[EWIF]\d{4} .*$/gm, '')
      .replace(/(context deadline exceeded|net\/http: request canceled).*/g, 'TIMEOUT')
      .replace(/:\d+->/g, ':*->')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, 'TIME')
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, 4)
      .map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
  );
}

function replacer(values: Placeholders): (text: string) => string {
  const names = Object.entries(values);
  const ports = names.filter(([name]) => name.endsWith('.port'));
  // Longer texts come first, as one may contain another.
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
