import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

/** A position in the text, for error messages. */
interface Placed {
  readonly position: number;
}
export interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  readonly text: string;
  /** The full tag, or `!`; empty without a tag. */
  readonly tag: string;
  readonly plain: boolean;
}
export interface CollectionNode extends Placed {
  readonly kind: 'sequence' | 'mapping';
  /** In a mapping, keys and values alternate. */
  readonly children: YamlNode[];
}
interface AliasNode extends Placed {
  readonly kind: 'alias';
  readonly target: YamlNode;
}
export type YamlNode = ScalarNode | CollectionNode | AliasNode;

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/**
 * The tree of a text with at most one document; undefined without one. Rejects text that js-yaml (YAML 1.2) and yaml.v2
 * (YAML 1.1) read differently.
 */
export function documentTree(source: string, events: readonly Event[]): YamlNode | undefined {
  const tabbed = /^\t/m.test(source);
  const anchors = new Map<string, YamlNode>();
  const root: YamlNode[] = [];
  const open = [{ children: root, flow: false }];
  let position = 0;
  const reject = (reason: string): never => YAMLException.throwAt(source, position, reason);
  let end: number | undefined = 0;
  // js-yaml accepts a tab before an empty line or a comment.
  const rejectTab = (next: number) => {
    if (!tabbed || end === undefined) return;
    const tab = source.slice(end, next).search(/(?<=[\r\n])\t/);
    if (tab >= 0) YAMLException.throwAt(source, end + tab, 'tab used for indentation');
  };

  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      // The end of brackets is unknown.
      if (open.pop()?.flow) end = undefined;
      continue;
    }
    // An empty node has no position of its own.
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : -1;
    position = Math.max(position, event.anchorStart, start);
    const { children, flow } = open.at(-1) as (typeof open)[number];
    if (!flow) rejectTab(position);
    end = 'valueEnd' in event ? Math.max(event.valueEnd, position) : position;
    const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
    if (anchor && !/^[\w-]+$/.test(anchor)) reject('invalid character in an anchor name');
    let node: YamlNode;
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(anchor) ?? reject('unknown anchor referenced');
      children.push({ kind: 'alias', position, target });
      continue;
    }
    const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
    if (tag.includes('%')) reject('escapes in tags are not supported');
    if (tag && /[,[\]{}]/.test(source[event.tagEnd] ?? '')) reject('a space must follow a tag');
    if (event.type === EVENT_ID.SCALAR) {
      if (children === root && isBlock(event)) reject('expected a mapping, found text');
      const problem = incompatibility(source, event, flow);
      if (problem) reject(problem);
      const plain = event.style === SCALAR_STYLE.PLAIN;
      const text = scalarText(source, event);
      node = { kind: 'scalar', position, text, tag: fullTag(tag), plain };
    } else {
      const kind = event.type === EVENT_ID.SEQUENCE ? 'sequence' : 'mapping';
      node = { kind, position, children: [] };
      open.push({ children: node.children, flow: event.style === COLLECTION_STYLE.FLOW });
    }
    children.push(node);
    if (anchor) anchors.set(anchor, node);
  }
  rejectTab(source.length);
  return root[0];
}

// In yaml.v2, text on a last line without a line break has no line break either.
function scalarText(source: string, event: ScalarEvent): string {
  const text = getScalarValue(source, event);
  if (!isBlock(event) || event.valueEnd < source.length) return text;
  const length = source.length - 1 - Math.max(source.lastIndexOf('\n'), source.lastIndexOf('\r'));
  const written = event.chomping === CHOMPING_MODE.KEEP ? length > 0 : length > event.indent;
  return written ? text.replace(/\n$/, '') : text;
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

function fullTag(raw: string): string {
  if (raw.startsWith('!<')) return raw.slice(2, -1);
  return raw.startsWith('!!') ? `tag:yaml.org,2002:${raw.slice(2)}` : raw;
}

/** Why a scalar that is valid in YAML 1.2 is rejected by YAML 1.1, or read differently. */
function incompatibility(source: string, event: ScalarEvent, flow: boolean): string | undefined {
  if (event.valueStart < 0) return undefined;
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) {
    if (strangeEscape.test(source.slice(event.valueStart, event.valueEnd)))
      return 'unsupported escape, which kubectl reads differently';
  }
  if (event.style === SCALAR_STYLE.PLAIN && flow) {
    if (/^:|\?/.test(source.slice(event.valueStart, event.valueEnd)))
      return 'unquoted special character within brackets';
    if (/^:[,[\]{}]/.test(source.slice(event.valueEnd, event.valueEnd + 2)))
      return 'a space must follow a colon within brackets';
  }
  return undefined;
}

// Among them half a surrogate pair, code points beyond Unicode, and an escaped line break before an empty line.
const strangeEscape =
  /(?<!\\)(?:\\\\)*\\(?:\/|(?:u|U0000)[dD][89a-fA-F]|U(?!000[\da-fA-F]|0010)|(?:\r\n?|\n)[ \t]*[\r\n])/;
