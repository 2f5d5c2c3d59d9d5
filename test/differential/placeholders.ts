/** What each placeholder stands for in one run of one case. */
export type Placeholders = Readonly<Record<string, string>>;

/** Puts values in place of {{names}}. A name that nobody knows is a slip in the case. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(/\{\{([A-Za-z0-9.]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no placeholder is called {{${name}}}`);
    return value;
  });
}

/** Puts {{names}} in place of what differs from run to run, in every string of a value. */
export function normalise<T>(value: T, values: Placeholders): T {
  const replace = replacer(values);
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? replace(part) : part,
  ) as T;
}

/** Standard error is for a reader: of times and process numbers nothing is left. */
export function normaliseText(text: string, values: Placeholders): string[] {
  return (
    replacer(values)(text)
      // What comes how often, and with which of its words, is a matter of timing.
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
  // Of two texts of which one holds the other, the longer one first.
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
