import { parseEvents, YAMLException } from 'js-yaml';
import { documentTree } from './document-tree.ts';
import { nodeValue } from './node-value.ts';

/** What is wrong with a text, as the end of a sentence that repeats nothing of it. */
export class YamlFault extends Error {}

/**
 * A file up to the JSON that kubectl makes of it, null if it is empty. What is not read throws a YamlFault with a line and a
 * reason, and never a piece of the text: it holds credentials.
 */
export function readYaml(bytes: Buffer): unknown {
  try {
    const text = firstDocument(decode(bytes));
    if (countSeparators(text) > mostSeparators)
      throw new YamlFault('it has more than a million lines and commas');
    const root = documentTree(text, parseEvents(text, { maxDepth: 1000 }));
    return root ? nodeValue(text, root) : null;
  } catch (cause) {
    if (cause instanceof YamlFault) throw cause;
    // Through aliases what is nested may be deeper than the stack.
    if (cause instanceof RangeError) throw new YamlFault('it is nested too deeply');
    if (!(cause instanceof YAMLException)) throw cause;
    const line = cause.mark ? `line ${cause.mark.line + 1}: ` : '';
    throw new YamlFault(`not valid YAML: ${line}${masked(cause.reason)}`);
  }
}

/** A kubeconfig of 10 MB has some 300,000; a million of anything take a second to read, and a gigabyte of memory. */
const mostSeparators = 1_000_000;

function countSeparators(text: string): number {
  return text.length <= mostSeparators ? 0 : (text.match(/[,\n\r]/g)?.length ?? 0);
}

// The library repeats an alias, a tag or a handle: any may be a credential that is not quoted.
function masked(reason: string): string {
  return reason.replace(/: .*/s, '').replaceAll(/"[^"]*"|'[^']*'|!?<[^>]*>/g, '…');
}

function decode(bytes: Buffer): string {
  const encoding = encodingOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    const odd = unreadable.exec(text);
    if (odd) YAMLException.throwAt(text, odd.index, 'a character that a kubeconfig cannot have');
    return text;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const text = new TextDecoder(encoding).decode(bytes);
    return YAMLException.throwAt(text, text.indexOf('\uFFFD'), `text that is not ${encoding}`);
  }
}

// Those that yaml.v2 refuses; the line breaks of YAML 1.1 alone and a byte order mark within, which it reads unlike js-yaml.
const unreadable = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\uFEFF\uFFFE\uFFFF]/;

function encodingOf(bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2);
  return mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8';
}

/** Up to the marker that ends it: what follows kubectl does not look at. Lines keep their numbers. */
function firstDocument(text: string): string {
  // On the first line js-yaml takes markers that are indented, and tabs.
  if (/^ *(?:\t| (?:---|\.\.\.|%))/.test(text))
    YAMLException.throwAt(text, 0, 'an indented marker or a tab');
  for (const { 0: marker, index } of text.matchAll(/^(?:---|\.\.\.)(?![^ \t\r\n])/gm)) {
    const before = text.slice(0, index);
    if (/^[ \t]*[^ \t\r\n#%]/m.test(before)) return before;
    if (marker === '...') YAMLException.throwAt(text, index, 'an end of what has not begun');
    const directive = /^%(?!YAML[ \t]+1\.1[ \t]*$)/m.exec(before);
    if (directive) YAMLException.throwAt(text, directive.index, 'a directive other than %YAML 1.1');
  }
  return text;
}
