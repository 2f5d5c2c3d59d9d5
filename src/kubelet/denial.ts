export interface KubeletDenial {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresources: readonly string[];
}

const beginning = 'Forbidden (user=';
// Kubelets up to 1.31 write `subresource=proxy`, later ones `subresource(s)=[pods proxy]`. kubectl adds text after it on the same
// line.
const ending =
  /, verb=([a-z]*), resource=([a-z]*), subresource(?:\(s\)=\[([a-z ]*)\]|=([a-z]*))\)/g;

/**
 * Finds `Forbidden (user=…, verb=…, resource=…, subresource…)` in a text; undefined if the text does not contain it. Takes linear
 * time, because a server may send any text.
 */
export function parseKubeletDenial(text: string): KubeletDenial | undefined {
  for (let start = text.indexOf(beginning); start >= 0; start = text.indexOf(beginning, start)) {
    const lineEnd = text.indexOf('\n', start);
    const line = text.slice(start, lineEnd < 0 ? undefined : lineEnd);
    // Takes the last match on the line, because a user name may contain commas and any other text.
    const match = [...line.matchAll(ending)].at(-1);
    if (match) return denialOf(line.slice(beginning.length, match.index), match);
    start += line.length;
  }
  return undefined;
}

/** Returns the kubelet's denial if another program's text ends with it; otherwise undefined. */
export function denialAtEnd(text: string): string | undefined {
  const whole = text.trim();
  const line = whole.slice(whole.lastIndexOf('\n') + 1);
  // Takes the first match on the line, because the user name may contain another match.
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
