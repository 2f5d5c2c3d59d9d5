import { trimEnds } from '../trim.ts';
import {
  type Action,
  type Filter,
  type Slice,
  type Template,
  TemplateError,
  type TemplateNode,
} from './template.ts';
import { unquote } from './unquote.ts';

/** Parses what kubectl parses, and rejects what it rejects, with its words. Source: jsonpath, parser.go. */
export function parseTemplate(text: string): Template {
  return new Parser(text).parse();
}

/** The end of the text. */
const end = '';

class Parser {
  /** By character, as a template may have any. */
  readonly #input: readonly string[];
  readonly #root: TemplateNode[] = [];
  #position = 0;
  #start = 0;

  constructor(text: string) {
    this.#input = Array.from(text);
  }

  parse(): Template {
    for (;;) {
      while (this.#position < this.#input.length && this.#peek() !== '{') this.#position += 1;
      const text = this.#take();
      if (text !== '') this.#root.push({ kind: 'text', text });
      if (this.#position >= this.#input.length) return this.#root;
      this.#position += 1;
      this.#take();
      const nodes: TemplateNode[] = [];
      this.#root.push({ kind: 'action', nodes });
      while (this.#parseNode(nodes));
    }
  }

  /** False at the closing brace. */
  #parseNode(nodes: TemplateNode[]): boolean {
    if (this.#startsWith('}')) {
      this.#position += 1;
      this.#take();
      return false;
    }
    if (this.#startsWith('[?(')) nodes.push(this.#filter());
    else if (this.#startsWith('..')) this.#recursive(nodes);
    else this.#parseOther(nodes);
    return true;
  }

  #parseOther(nodes: TemplateNode[]): void {
    const next = this.#next();
    if (next === end || next === '\r' || next === '\n') throw new TemplateError('unclosed action');
    // The current object is what a node takes in any case.
    if (next === ' ' || next === '@' || next === '$') this.#take();
    else if (next === '[') nodes.push(...this.#list());
    else if (next === '"' || next === "'") nodes.push(this.#quoted(next));
    else if (next === '.') nodes.push(this.#field());
    else if (/[-+\p{Nd}]/u.test(next)) nodes.push(this.#number());
    else if (isWordCharacter(next)) nodes.push(this.#word());
    else {
      const code = (next.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      const shown = /[\p{C}\p{Z}]/u.test(next) ? '' : ` '${next}'`;
      throw new TemplateError(`unrecognized character in action: U+${code}${shown}`);
    }
  }

  #recursive(nodes: TemplateNode[]): void {
    if (nodes.at(-1)?.kind === 'recursive')
      throw new TemplateError('invalid multiple recursive descent');
    this.#position += 2;
    this.#take();
    nodes.push({ kind: 'recursive' });
    if (isWordCharacter(this.#peek())) nodes.push(this.#field());
  }

  /** A name in which a backslash escapes what would end it. */
  #field(): TemplateNode {
    this.#take();
    while (!isTerminator(this.#peek())) if (this.#next() === '\\') this.#next();
    const name = this.#take();
    return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') };
  }

  #word(): TemplateNode {
    while (!isTerminator(this.#peek())) this.#next();
    const name = this.#take();
    return name === 'true' || name === 'false'
      ? { kind: 'boolean', value: name === 'true' }
      : { kind: 'identifier', name };
  }

  #number(): TemplateNode {
    while (/[.\p{Nd}]/u.test(this.#peek())) this.#next();
    const text = this.#take();
    if (/^[-+]?\d+$/.test(text)) {
      const exact = BigInt(text.replace('+', ''));
      // More are not an integer of Go.
      if (BigInt.asIntN(64, exact) === exact)
        return {
          kind: 'number',
          value: Number.isSafeInteger(Number(exact)) ? Number(exact) : exact,
        };
    }
    if (!/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text))
      throw new TemplateError(`cannot parse number ${text}`);
    return { kind: 'number', value: Number(text) };
  }

  #quoted(quote: string): TemplateNode {
    for (;;) {
      const next = this.#next();
      if (next === end || next === '\n') throw new TemplateError('unterminated quoted string');
      if (next === quote && this.#input[this.#position - 2] !== '\\') break;
    }
    return { kind: 'text', text: unquote(this.#take()) };
  }

  /** Contents of brackets: a union, a name in quotes, an index or a slice. */
  #list(): readonly TemplateNode[] {
    for (let next = ''; next !== ']'; ) {
      next = this.#next();
      if (next === end || next === '\n') throw new TemplateError('unterminated array');
    }
    const text = this.#take().slice(1, -1);
    const parts = text.split(',');
    if (parts.length > 1) {
      const actions = parts.map((part) =>
        parseAction(`[${trimEnds(part, (character) => character === ' ')}]`),
      );
      return [{ kind: 'union', actions }];
    }
    const name = /^'([^']*)'$/.exec(text)?.[1];
    if (name !== undefined) return parseAction(`.${name}`).nodes;
    return [{ kind: 'slice', slice: parseSlice(text) }];
  }

  #filter(): TemplateNode {
    this.#position += '[?('.length;
    this.#take();
    // A filter has at most one text in quotes, at the end.
    let quote = '';
    let isClosed = false;
    for (;;) {
      const next = this.#next();
      if (next === end || next === '\n') throw new TemplateError('unterminated filter');
      if (next === '"' || next === "'") {
        if (quote === '') quote = next;
        else if (next === quote && this.#input[this.#position - 2] !== '\\') isClosed = true;
      }
      if (next === ')' && (quote === '') !== isClosed) break;
    }
    if (this.#next() !== ']') throw new TemplateError('unclosed array expect ]');
    return { kind: 'filter', filter: parseFilter(this.#take().slice(0, -2)) };
  }

  #startsWith(text: string): boolean {
    return Array.from(text).every((each, index) => this.#input[this.#position + index] === each);
  }

  #peek(): string {
    return this.#input[this.#position] ?? end;
  }

  #next(): string {
    const next = this.#peek();
    if (next !== end) this.#position += 1;
    return next;
  }

  /** The text since the last call. */
  #take(): string {
    const text = this.#input.slice(this.#start, this.#position).join('');
    this.#start = this.#position;
    return text;
  }
}

/** The first action of a text in braces: kubectl does not see a brace that ends it early. */
function parseAction(text: string): Action {
  return parseTemplate(`{${text}}`)[0] as Action;
}

function parseFilter(text: string): Filter {
  // The last character is never part of the operator.
  const [, left = text, operator = 'exists', right] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(text) ?? [];
  return {
    left: parseAction(left),
    right: right === undefined ? undefined : parseAction(right),
    operator,
  };
}

function parseSlice(text: string): Slice {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text === '*' ? ':' : text);
  if (!match) throw new TemplateError(`invalid array index ${text}`);
  const [, first = '', second = '', third = ''] = match;
  const start = parseIndex(first);
  const isIndex = second === '';
  return {
    start,
    end: isIndex ? (start ?? 0) + 1 : parseIndex(second.slice(1)),
    step: parseIndex(third.slice(1)),
    isIndex,
  };
}

function parseIndex(text: string): number | undefined {
  if (text === '') return undefined;
  const index = Number(text);
  // Indexes that are no number of Go are none of a list either.
  if (!(Math.abs(index) < 2 ** 63)) throw new TemplateError(`array index ${text} is not a number`);
  return index;
}

function isTerminator(character: string): boolean {
  return character === end || /[ \t\r\n.,[\]$@{}]/.test(character);
}

function isWordCharacter(character: string): boolean {
  return /[_\p{L}\p{Nd}]/u.test(character);
}
