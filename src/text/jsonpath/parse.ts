import { trimEnds } from '../trim.ts';
import * as nodes from './nodes.ts';
import { type Template, TemplateError, type TemplateNode } from './template.ts';

/** Parses a template as kubectl does, with the same error messages. Source: parser.go of client-go's jsonpath. */
export function parseTemplate(text: string): Template {
  const template: TemplateNode[] = [];
  let at = 0;
  while (at < text.length) {
    const brace = text.indexOf('{', at);
    const before = text.slice(at, brace < 0 ? text.length : brace);
    if (before !== '') template.push(nodes.text(before));
    if (brace < 0) break;
    const parsed = parseAction(text, brace + 1);
    template.push(parsed.action);
    at = parsed.end;
  }
  return template;
}

/**
 * Parses an action, the text within braces. `start` is the index after its opening brace; the returned `end` is the index after its closing
 * brace.
 */
function parseAction(
  text: string,
  start: number,
): { readonly action: TemplateNode; readonly end: number } {
  const found: TemplateNode[] = [];
  let at = start;
  while (text[at] !== '}')
    for (const { pattern, read } of syntax) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match) continue;
      at += match[0].length;
      found.push(...read(match, found.at(-1)));
      break;
    }
  return { action: nodes.action(found), end: at + 1 };
}

/** Parses the text as if it were within braces. If the text contains a brace that ends the action early, ignores the rest, like kubectl. */
function parseWhole(text: string): TemplateNode {
  return parseTemplate(`{${text}}`)[0] as TemplateNode;
}

interface Syntax {
  readonly pattern: RegExp;
  readonly read: (
    match: readonly (string | undefined)[],
    before: TemplateNode | undefined,
  ) => readonly TemplateNode[];
}

const fails = (message: string) => () => {
  throw new TemplateError(message);
};

/** Patterns of the nodes of an action. The first pattern that matches is used. */
const syntax: readonly Syntax[] = [
  {
    // A filter may have only one quoted text, which must be at its end.
    pattern: /\[\?\(((?:[^)"'\n]*|[^)"'\n]*(["'])[^\n]*?(?<!\\)\2[^)\n]*))\)(\]?)/y,
    read: ([, text = '', , bracket]) =>
      bracket ? [parseFilter(text)] : fails('unclosed array expect ]')(),
  },
  { pattern: /\[\?\(/y, read: fails('unterminated filter') },
  {
    // A backslash escapes a character that would otherwise end the name.
    pattern: /\.\.(?:(?=[_\p{L}\p{Nd}])((?:\\[\s\S]?|[^\\ \t\r\n.,[\]$@{}])*))?/uy,
    read: ([, name], before) => {
      if (before === nodes.descendants)
        throw new TemplateError('invalid multiple recursive descent');
      return [nodes.descendants, ...(name === undefined ? [] : [parseField(name)])];
    },
  },
  // `@` and `$` need no node, because every node starts from the current object.
  { pattern: /[ @$]/y, read: () => [] },
  { pattern: /\[([^\]\n]*)\]/y, read: ([, list = '']) => parseList(list) },
  { pattern: /\[/y, read: fails('unterminated array') },
  {
    pattern: /(["'])[^\n]*?(?<!\\)\1/y,
    read: ([quoted = '']) => [nodes.text(unquote(quoted))],
  },
  { pattern: /["']/y, read: fails('unterminated quoted string') },
  {
    pattern: /\.((?:\\[\s\S]?|[^\\ \t\r\n.,[\]$@{}])*)/uy,
    read: ([, name = '']) => [parseField(name)],
  },
  { pattern: /[-+\p{Nd}][.\p{Nd}]*/uy, read: ([text = '']) => [nodes.constant(parseNumber(text))] },
  {
    pattern: /[_\p{L}][^ \t\r\n.,[\]$@{}]*/uy,
    read: ([word = '']) => [
      word === 'true' || word === 'false'
        ? nodes.constant(word === 'true')
        : nodes.identifier(word),
    ],
  },
  { pattern: /[\r\n]|$/y, read: fails('unclosed action') },
  {
    pattern: /./suy,
    read: ([character = '']) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      const shown = /[\p{C}\p{Z}]/u.test(character) ? '' : ` '${character}'`;
      throw new TemplateError(`unrecognized character in action: U+${code}${shown}`);
    },
  },
];

function parseField(name: string): TemplateNode {
  return name === '*' ? nodes.wildcard : nodes.fieldNode(name.replaceAll('\\', ''));
}

function parseNumber(text: string): number | bigint {
  if (/^[-+]?\d+$/.test(text)) {
    const exact = BigInt(text.replace('+', ''));
    // Larger numbers are parsed as floats, because they do not fit into an int64 of Go.
    if (BigInt.asIntN(64, exact) === exact)
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text)) return Number(text);
  throw new TemplateError(`cannot parse number ${text}`);
}

/** Parses the text within brackets: a union, a name in quotes, an index or a slice. */
function parseList(text: string): readonly TemplateNode[] {
  const parts = text.split(',');
  if (parts.length > 1) {
    const trimmed = parts.map((part) => trimEnds(part, (character) => character === ' '));
    return [nodes.union(trimmed.map((part) => parseWhole(`[${part}]`)))];
  }
  const name = /^'([^']*)'$/.exec(text)?.[1];
  return [name === undefined ? parseSlice(text) : parseWhole(`.${name}`)];
}

function parseFilter(text: string): TemplateNode {
  // The right side must have at least one character. Therefore, an operator at the end of the text belongs to the left side.
  const [, left = text, operator, right] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(text) ?? [];
  return nodes.filter(
    parseWhole(left),
    operator,
    right === undefined ? undefined : parseWhole(right),
  );
}

function parseSlice(text: string): TemplateNode {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text === '*' ? ':' : text);
  if (!match) throw new TemplateError(`invalid array index ${text}`);
  const [, first = '', second = '', third = ''] = match;
  const start = parseIndex(first);
  const isIndex = second === '';
  return nodes.slice({
    start,
    end: isIndex ? (start ?? 0) + 1 : parseIndex(second.slice(1)),
    step: parseIndex(third.slice(1)),
    isIndex,
  });
}

function parseIndex(text: string): number | undefined {
  if (text === '') return undefined;
  const index = Number(text);
  // Rejected, because Go cannot parse an index of more than 63 bits.
  if (!(Math.abs(index) < 2 ** 63)) throw new TemplateError(`array index ${text} is not a number`);
  return index;
}

const letters: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
};

/**
 * Unquotes a text in single or double quotes, with Go's escapes. Unlike in src/text/go-string.ts, `\xff` is one byte, and an unknown escape
 * is an error. Source: jsonpath.UnquoteExtend, which calls strconv.UnquoteChar.
 */
function unquote(quoted: string): string {
  const [quote = ''] = quoted;
  const parts = quoted
    .slice(1, -1)
    .matchAll(
      /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(.))|(.)/gsu,
    );
  const bytes = [...parts].map(([, hex, octal, short, long, letter, plain = '']) => {
    const byte = hex ? Number.parseInt(hex, 16) : octal && Number.parseInt(octal, 8);
    const code = Number.parseInt(short ?? long ?? '', 16);
    if (typeof byte === 'number' && byte <= 0xff) return Buffer.of(byte);
    if (code <= 0x10_ffff && !(code >= 0xd800 && code < 0xe000))
      return Buffer.from(String.fromCodePoint(code));
    if (letter === quote) return Buffer.from(quote);
    if (letter && letters[letter]) return Buffer.of(letters[letter]);
    if (plain !== '' && plain !== quote && plain !== '\\') return Buffer.from(plain);
    throw new TemplateError(`unquote string ${quoted} error invalid syntax`);
  });
  return Buffer.concat(bytes).toString();
}
