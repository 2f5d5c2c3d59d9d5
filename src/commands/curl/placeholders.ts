import { UsageFailure } from '../../errors.ts';

/** What stands for `{namespace}`, `{pod}` and `{container}` in a path. */
export interface Placeholders {
  readonly namespace: string;
  readonly pod: string;
  /** Throws a Failure if it cannot be chosen. Called only if the path needs it. */
  readonly container: () => string;
}

const placeholder = /\{(namespace|pod|container)\}/g;

/** Other braces stay as they are, and without a pod all of a query does. */
export function fillPlaceholders(path: string, parts: Placeholders | undefined): string {
  const query = path.includes('?') ? path.indexOf('?') : path.length;
  return path.replaceAll(placeholder, (word, name: keyof Placeholders, index: number) => {
    if (!parts && index > query) return word;
    if (!parts)
      throw new UsageFailure(
        `PATH contains ${word}: use --pod NAME or write the name of the ${name}`,
      );
    const part = parts[name];
    return encodeURIComponent(typeof part === 'string' ? part : part());
  });
}
