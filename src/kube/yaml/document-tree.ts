import {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';

/** A place in the text, for a sentence about it. */
interface Placed {
  readonly position: number;
}
export interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  readonly text: string;
  /** Written out in full, or `!`; empty without a tag. */
  readonly tag: string;
  readonly plain: boolean;
}
export interface CollectionNode extends Placed {
  readonly kind: 'sequence' | 'mapping';
  /** Of a mapping: keys and values by turns. */
  readonly children: YamlNode[];
}
export interface AliasNode extends Placed {
  readonly kind: 'alias';
  readonly target: YamlNode;
}
export type YamlNode = ScalarNode | CollectionNode | AliasNode;

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/**
 * The tree of a text that holds one document at most; undefined if it holds none. What js-yaml reads by YAML 1.2 and
 * yaml.v2 by YAML 1.1 in another way is refused.
 */
export function documentTree(source: string, events: readonly Event[]): YamlNode | undefined {
  const tabbed = /^\t/m.test(source);
  const anchors = new Map<string, YamlNode>();
  const root: YamlNode[] = [];
  const open = [{ children: root, flow: false }];
  let position = 0;
  const refuse = (reason: string): never => YAMLException.throwAt(source, position, reason);
  let end: number | undefined = 0;
  // js-yaml lets an empty line, or a comment, begin with a tab.
  const refuseTab = (next: number) => {
    if (!tabbed || end === undefined) return;
    const tab = source.slice(end, next).search(/(?<=[\r\n])\t/);
    if (tab >= 0) YAMLException.throwAt(source, end + tab, 'a tab that indents');
  };

  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      // Where brackets end is not known.
      if (open.pop()?.flow) end = undefined;
      continue;
    }
    // What is empty has no place of its own.
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : -1;
    position = Math.max(position, event.anchorStart, start);
    const { children, flow } = open.at(-1) as (typeof open)[number];
    if (!flow) refuseTab(position);
    end = 'valueEnd' in event ? Math.max(event.valueEnd, position) : position;
    const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
    if (anchor && !/^[\w-]+$/.test(anchor))
      refuse('a character that the name of an anchor cannot have');
    let node: YamlNode;
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(anchor) ?? refuse('an alias of an anchor that is not there');
      children.push({ kind: 'alias', position, target });
      continue;
    }
    const tag = event.tagStart < 0 ? '' : source.slice(event.tagStart, event.tagEnd);
    if (tag.includes('%')) refuse('a tag with an escape');
    if (tag && /[,[\]{}]/.test(source[event.tagEnd] ?? '')) refuse('a space must follow a tag');
    if (event.type === EVENT_ID.SCALAR) {
      if (children === root && isBlock(event)) refuse('text in place of a mapping');
      const odd = oddity(source, event, flow);
      if (odd) refuse(odd);
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
  refuseTab(source.length);
  return root[0];
}

// Where the last line of a file has no line break, neither has the text for yaml.v2.
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

/** What is wrong with a scalar for YAML 1.1, though not for YAML 1.2. */
function oddity(source: string, event: ScalarEvent, flow: boolean): string | undefined {
  if (event.valueStart < 0) return undefined;
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) {
    if (strangeEscape.test(source.slice(event.valueStart, event.valueEnd)))
      return 'an escape that kubectl reads in another way';
  }
  if (event.style === SCALAR_STYLE.PLAIN && flow) {
    if (/^:|\?/.test(source.slice(event.valueStart, event.valueEnd)))
      return 'a character that must be quoted within brackets';
    if (/^:[,[\]{}]/.test(source.slice(event.valueEnd, event.valueEnd + 2)))
      return 'a space must follow a colon within brackets';
  }
  return undefined;
}

// Half of a pair of surrogates, what is beyond Unicode, and an escaped line break before an empty line among them.
const strangeEscape =
  /(?<!\\)(?:\\\\)*\\(?:\/|(?:u|U0000)[dD][89a-fA-F]|U(?!000[\da-fA-F]|0010)|(?:\r\n?|\n)[ \t]*[\r\n])/;
