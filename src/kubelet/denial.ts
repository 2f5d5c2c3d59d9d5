/** The parsed text of a kubelet's 403. */
export interface KubeletDenial {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresources: readonly string[];
}

const beginning = 'Forbidden (user=';
// Kubelets up to 1.31 write `subresource=proxy`, later ones `subresource(s)=[pods proxy]`. kubectl appends text to the line.
const ending =
  /, verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/g;

/**
 * Finds `Forbidden (user=…, verb=…, resource=…, subresource…)` in a text; undefined if it is not there. Takes linear time, because a
 * server may answer with any text.
 */
export function parseKubeletDenial(text: string): KubeletDenial | undefined {
  for (let start = text.indexOf(beginning); start >= 0; start = text.indexOf(beginning, start)) {
    const lineEnd = text.indexOf('\n', start);
    const line = text.slice(start, lineEnd < 0 ? undefined : lineEnd);
    // The last match on the line counts, because user names may contain commas and any other text.
    const match = [...line.matchAll(ending)].at(-1);
    if (match) return denialOf(line.slice(beginning.length, match.index), match);
    start += line.length;
  }
  return undefined;
}

/** Returns the kubelet's denial at the end of another program's text; undefined if the text does not end with one. */
export function denialAtEnd(text: string): string | undefined {
  const whole = text.trim();
  const line = whole.slice(whole.lastIndexOf('\n') + 1);
  // The first match on the line counts, because the name of the user may contain another one.
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
