/** A kubelet's 403, parsed. */
export interface KubeletDenial {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresources: readonly string[];
}

const beginning = 'Forbidden (user=';
// Up to 1.31 `subresource=proxy`, later `subresource(s)=[pods proxy]`. The end is open because kubectl appends to it.
const ending =
  /, verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/g;

/**
 * Finds `Forbidden (user=…, verb=…, resource=…, subresource…)` in a text; undefined if it is not there. Takes linear time: a
 * server may answer anything.
 */
export function parseKubeletDenial(text: string): KubeletDenial | undefined {
  for (let start = text.indexOf(beginning); start >= 0; start = text.indexOf(beginning, start)) {
    const lineEnd = text.indexOf('\n', start);
    const line = text.slice(start, lineEnd < 0 ? undefined : lineEnd);
    // The last on the line, because names may hold commas, and anything that users write.
    const match = [...line.matchAll(ending)].at(-1);
    if (match) return denialOf(line.slice(beginning.length, match.index), match);
    start += line.length;
  }
  return undefined;
}

/** A kubelet's denial that ends a text, where others tell of it: from its first word on. Undefined if none does. */
export function denialAtEnd(text: string): string | undefined {
  const whole = text.trim();
  const line = whole.slice(whole.lastIndexOf('\n') + 1);
  // The first on the line: the name of its user may hold another.
  const start = line.indexOf(beginning);
  const words = line.slice(start);
  return start >= 0 && words.endsWith(')') && parseKubeletDenial(words) ? words : undefined;
}

function denialOf(
  user: string,
  [, verb = '', resource = '', several, single]: RegExpExecArray,
): KubeletDenial {
  return {
    user,
    verb,
    resource,
    subresources: (several ?? single ?? '').split(' ').filter(Boolean),
  };
}
