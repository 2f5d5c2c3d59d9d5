// Parses PromQL selectors with @prometheus-io/lezer-promql. Matches regular expressions with re2js, because it supports the syntax of Go's
// regular expressions.
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { RE2JS } from 're2js';
import { UsageFailure } from '../../errors.ts';
import { labelOf } from './sample-values.ts';

/** @param labels alternating names and values */
export type SeriesFilter = (metric: string, labels: readonly string[]) => boolean;

interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

/** The filter accepts series that match at least one selector; without selectors, all series. */
export function parseFilters(texts: readonly string[]): SeriesFilter {
  const selectors = texts.map(parseSelector);
  if (selectors.length === 0) return () => true;
  return (metric, labels) =>
    selectors.some((matchers) =>
      matchers.every(({ label, matches }) =>
        matches(label === metricLabel ? metric : labelOf(labels, label)),
      ),
    );
}

/** Label that holds the name of the metric in PromQL. */
const metricLabel = '__name__';

const longestSelector = 10_000;

function parseSelector(text: string): readonly Matcher[] {
  if (text.length > longestSelector)
    throw new UsageFailure(`a --filter has more than ${longestSelector} characters`);
  const tree = parser.parse(text);
  const expression = tree.topNode.firstChild;
  const error = firstError(tree);
  const isSelector = expression?.name === 'VectorSelector';
  if (error !== undefined && (error > 0 || text.trim() !== ''))
    throw invalid(text, error, describeRest(text, error));
  if (!isSelector) throw invalid(text, expression?.from ?? 0, 'it is not a selector of series');
  const list = expression.getChild('LabelMatchers');
  // A keyword such as `sum` is the name of a metric if nothing follows it.
  const name = expression.getChild('Identifier') ?? (list ? undefined : expression);
  const matchers = name ? [equalling(metricLabel, text.slice(name.from, name.to))] : [];
  for (let each = list?.firstChild; each; each = each.nextSibling)
    matchers.push(matcherOf(text, each));
  return matchers;
}

function equalling(label: string, wanted: string): Matcher {
  return { label, matches: (value) => value === wanted };
}

function firstError(tree: Tree): number | undefined {
  let first: number | undefined;
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) first ??= from;
    },
  });
  return first;
}

function describeRest(text: string, at: number): string {
  const rest = text.slice(at).trimStart();
  return rest === '' ? 'it is incomplete' : `unexpected ${JSON.stringify(rest.slice(0, 20))}`;
}

function matcherOf(text: string, node: SyntaxNode): Matcher {
  const textOf = (each: SyntaxNode | null | undefined) =>
    each ? text.slice(each.from, each.to) : '';
  const quotedName = node.name === 'QuotedLabelName' ? node : node.getChild('QuotedLabelName');
  const name = quotedName?.getChild('StringLiteral');
  // A quoted string without an operator is the name of a metric.
  if (node.name === 'QuotedLabelName') return equalling(metricLabel, unquote(text, name));
  const label = name ? unquote(text, name) : textOf(node.getChild('LabelName'));
  const literal = node.getChild('StringLiteral');
  const wanted = unquote(text, literal);
  const operator = node.getChild('MatchOp')?.firstChild?.name;
  switch (operator) {
    case 'EqlSingle':
      return equalling(label, wanted);
    case 'Neq':
      return { label, matches: (value) => value !== wanted };
    default: {
      const matches = compile(text, wanted, literal?.from ?? node.from);
      return operator === 'EqlRegex'
        ? { label, matches }
        : { label, matches: (value) => !matches(value) };
    }
  }
}

const mostRemembered = 10_000;

/**
 * Returns a function that tests values. Matching takes linear time. As in Prometheus, the regular expression must match the whole value.
 */
function compile(text: string, source: string, at: number): (value: string) => boolean {
  const pattern = compiled(text, source, at);
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const matches = pattern.matches(value);
    if (known.size >= mostRemembered) known.clear();
    known.set(value, matches);
    return matches;
  };
}

function compiled(text: string, source: string, at: number): RE2JS {
  if (!source.isWellFormed()) throw invalid(text, at, 'a regular expression must be UTF-8');
  try {
    // `matches` compares the whole value, so ^ and $ are not needed.
    return RE2JS.compile(`(?s:${source})`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw invalid(text, at, message.replace('(?s:', '').replace(/\)(?=`)/, ''), [
      'regular expressions follow RE2: https://github.com/google/re2/wiki/Syntax',
    ]);
  }
}

/** Unquotes a string as Go does: `\x41` and `\101` are bytes of UTF-8, and a string in backquotes has no escapes. */
function unquote(text: string, node: SyntaxNode | null | undefined): string {
  if (!node) return '';
  const quotation = text.slice(node.from, node.to);
  const inner = quotation.slice(1, -1);
  if (quotation.startsWith('`') || !inner.includes('\\')) return inner;
  const bytes: Buffer[] = [];
  let from = 0;
  for (const match of inner.matchAll(sequences)) {
    bytes.push(Buffer.from(inner.slice(from, match.index)), escaped(match));
    from = match.index + match[0].length;
  }
  const all = Buffer.concat([...bytes, Buffer.from(inner.slice(from))]);
  // Invalid UTF-8 must equal no value. The result begins with half of a surrogate pair, because texts in responses never contain one.
  const decoded = all.toString('utf8');
  return Buffer.from(decoded).equals(all) ? decoded : `\uDFFF${all.toString('latin1')}`;

  function escaped([sequence, x, u, long, octal, letter]: RegExpExecArray): Buffer {
    const byte = x === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(x, 16);
    if (byte <= 0xff) return Buffer.of(byte);
    const code = Number.parseInt(u ?? long ?? '', 16);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (code <= 0x10ffff && !isSurrogate) return Buffer.from(String.fromCodePoint(code));
    const character = letter === undefined ? undefined : escapes.get(letter);
    if (character !== undefined) return Buffer.from(character);
    throw invalid(text, node?.from ?? 0, `unknown escape ${sequence} in a quotation`, [
      'a backslash of a regular expression is two in "quotes", or one in `backquotes`',
    ]);
  }
}

const sequences = /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([0-7]{3})|(.?))/gs;

const escapes: ReadonlyMap<string, string> = new Map([
  ...[...'\\"\''].map((letter) => [letter, letter] as const),
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

function invalid(
  text: string,
  at: number,
  problem: string,
  hints: readonly string[] = [
    `a selector is as in PromQL: --filter 'container_memory_rss{namespace=~"shop|web"}'`,
  ],
): UsageFailure {
  const where = at === 0 ? '' : ` at character ${at + 1}`;
  return new UsageFailure(`invalid --filter value ${JSON.stringify(text)}${where}: ${problem}`, {
    hints,
  });
}
