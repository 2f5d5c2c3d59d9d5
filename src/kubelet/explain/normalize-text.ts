// Escape sequences of terminals for colors and titles. They begin with the escape character, or with the text by which logs and web
// pages replace it.
const terminalCodes =
  /(?:\x1b|\\(?:x1b|u001b|033|e)|\^\[|\u241b)(?:\[[0-9;:?]{0,20}[a-z]|\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\))/gi;
const lineEnds = /\r\n?|[\x85\u2028\u2029]/g;
const oddSpaces = /[\xa0\u2000-\u200a\u202f\u205f\u3000]/g;
// Characters without a width. Other control characters are kept, because names may contain them; the output escapes them.
const unseen = /[\xad\u200b-\u200f\u2060\ufeff]/g;
// HTML entities of web pages, and escapes of Go templates.
const ampersands = /&(?:amp|#38);|\\{1,3}u0026/g;
const angles = /&(?:lt|#60|#x3c);|\\{1,3}u003c|(&(?:gt|#62|#x3e);|\\{1,3}u003e)/gi;
const oddQuotes = /[\u201c-\u201f\u00ab\u00bb\u300c-\u300f\uff02]|&(?:quot|#34|#x22);/g;
const oddApostrophes = /[\u2018-\u201b]|&(?:apos|#39|#x27);/g;
// The full-width colon that Chinese and Japanese editors write.
const wideColons = /\uff1a ?/g;
// A quoted cell of CSV. Each quote in it is doubled.
const cells = /(?<=[,;\n]|^)"(?:[^"\n]|""){1,4000}"(?=[,;\n]|$)/g;
// Prefixes of quoted lines in chats and wikis, and borders of boxes and tables.
const margins =
  /^[ \t]{0,20}(?:(?:>|[\u2502\u2503\u2551|])[ \t]?)+|[ \t]?[\u2502\u2503\u2551|][ \t]{0,20}$|[ \t]{2,20}$/gm;

// Two or more lines that begin with `#` or another comment character. A single line with `#` may be a prompt.
const comments = /(?:^[ \t]{0,20}(?:#{1,3}|\/\/|--)[ \t][^\n]{0,4000}(?:\n|$)){2,}/gm;
const commentSign = /^[ \t]{0,20}(?:#{1,3}|\/\/|--)[ \t]/gm;
const prompts =
  /^[ \t]{0,20}#{1,3}[ \t]+(?:kubectl|curl|sudo|journalctl|systemctl|cat|ls|cd|k3s|kubeadm|helm|docker|crictl|export)\b/m;

// VictoriaMetrics writes `tcp4` and `tcp6` instead of `tcp`.
const families = /\b(dial|read|write) tcp[46] /g;

const markdownEscapes = /\\(?=[<>:_*~#|-])/g;

const emphases = /\*\*(?=[\w"'([])([^*\n]{1,300}[\w"').:\]])\*\*/g;

// A Markdown link that an editor made from a URL or a host name. The part in parentheses repeats the URL.
const links = /\[([\w:/.][^\]\s]{2,700})\]\(https?:\/\/[^)\s]{1,900}\)/g;

// An event that a kubelet could not write, printed as a Go struct. It is removed, because the event may be about another failure.
const events =
  /(?<=Unable to write event: ')&v1\.Event\{[^\n]{0,4000}?\}(?=': ')|(?<=" )event="&Event\{[^\n]{0,4000}/g;

// A curl command that prints only the status, and the line with this status.
const writtenStatus =
  /(\bcurl\s[^\n]{0,600}%\{(?:http_code|response_code)\}[^\n]{0,600}\n[ \t]{0,20})(?=[1-5]\d\d[ \t]{0,20}$)/gm;

const hiddenHost = 'HOST';

const places = String.raw`(https?://|dial tcp |(?:read|write) tcp |:\d{1,5}->|while dialing |connection to the server |\blookup |\bKubelet [\w.-]{1,253} ?\(|(?=<[\w .-]{1,60}>:(?:6443|102(?:50|55))\b))`;
const octet = '(?:\\d{1,3}|[A-Za-z]{1,3})';
const hidden = [
  String.raw`[A-Z]{2,12}\([a-z ]{1,30}\)(?=:\d)`,
  String.raw`<[^<>\n"]{1,60}>`,
  String.raw`\$[\w.-]{1,60}`,
  // A placeholder that contains non-ASCII letters.
  String.raw`(?=[\w.-]{0,60}[^\x00-\x7f])[^\s:/"'(),<>]{1,60}`,
  String.raw`\$?(?:\{{1,2}|\(|\[)[ $]?[A-Za-z][\w .-]{0,60}(?:\}{1,2}|\)|\])`,
  String.raw`%[A-Za-z]\w{0,40}%`,
  String.raw`(?=[\w.-]{0,60}\*)[\w.*-]{1,60}`,
  // A name that is a placeholder in part.
  String.raw`(?=[\w.-]{0,60}[[<{])(?:[\w.-]{0,60}(?:\[[A-Za-z][\w .-]{0,40}\]|<[A-Za-z][\w .-]{0,40}>|\{[A-Za-z][\w .-]{0,40}\})){1,8}[\w.-]{0,60}`,
  // An IPv4 address in which letters replace some numbers. Excludes real addresses and short DNS names.
  String.raw`(?!\d{1,3}\.\d{1,3}\.\d{1,3}\.\d)(?=[\w.]{0,12}\b(?:\d{1,3}|[xX]{1,3}|[A-Za-z])\b)${octet}\.${octet}\.${octet}\.${octet}(?=[:/"\s)]|$)`,
  // Letters x only, in fewer than four parts.
  String.raw`[xX]{3,}(?:\.[xX]{1,3}){0,2}`,
  '(?=[A-Z0-9_-]{0,40}(?:NODE|HOST|IP|MASTER|WORKER|SERVER|ADDR|NAME|REDACTED|XX))[A-Z][A-Z0-9_-]{0,40}',
  String.raw`\[\.{3}\](?=[:/])`,
  String.raw`\.{3}(?=:\d{2,5}[/"\s:])`,
  // An empty host: the port follows the scheme directly.
  String.raw`(?=:\d{2,5}[/"\s:])`,
].join('|');
const hiddenHosts = new RegExp(`${places}(?:${hidden})(?![\\w*.-])`, 'g');

// The reason of a failed request, if a title, a table or a terminal cut it off.
const cutOff =
  /((?:https?:\/\/[^\s"]{1,500}"?|dial tcp \S{1,300}|\blookup \S{1,253}(?: on \S{1,100})?): )(?!dial |lookup )([a-z][a-z0-9:/ ]{2,60})(?:(?:\.\.\.|\u2026)["')]?[ \t]{0,20}$|(?![\s\S]))/gim;
const reasons = [
  'i/o timeout',
  'connect: connection refused',
  'connect: connection timed out',
  'connect: no route to host',
  'connect: network is unreachable',
  'no such host',
  'Temporary failure in name resolution',
  'server misbehaving',
  'x509: certificate signed by unknown authority',
  'x509: certificate has expired or is not yet valid',
  "x509: cannot validate certificate because it doesn't contain any IP SANs",
  'remote error: tls: internal error',
  'remote error: tls: bad certificate',
  'net/http: TLS handshake timeout',
  'context deadline exceeded',
];

/** Completes a reason that was cut off. Returns the words unchanged if no reason or several reasons begin with them. */
function wholeReason(words: string): string {
  const [only, ...more] = reasons.filter((reason) => reason.startsWith(words));
  return only !== undefined && more.length === 0 ? only : words;
}

/**
 * Undoes the changes that terminals, chats, wikis and editors made to a pasted text, and marks hosts that people hid. Takes linear
 * time.
 */
export function normalizeText(text: string): string {
  return text
    .replaceAll(terminalCodes, '')
    .replaceAll(lineEnds, '\n')
    .replaceAll(oddSpaces, ' ')
    .replaceAll(unseen, '')
    .replaceAll(ampersands, '&')
    .replaceAll(angles, (_, closing) => (closing === undefined ? '<' : '>'))
    .replaceAll(oddQuotes, '"')
    .replaceAll(oddApostrophes, "'")
    .replaceAll('`', '')
    .replaceAll(wideColons, ': ')
    .replaceAll(cells, (cell) => cell.replaceAll('""', '"'))
    .replaceAll(markdownEscapes, '')
    .replaceAll(emphases, '$1')
    .replaceAll(events, '')
    .replaceAll(families, '$1 tcp ')
    .replaceAll(links, '$1')
    .replaceAll(margins, '')
    .replaceAll(comments, (lines) =>
      prompts.test(lines) ? lines : lines.replaceAll(commentSign, ''),
    )
    .replaceAll(writtenStatus, '$1HTTP/1.1 ')
    .replaceAll(hiddenHosts, `$1${hiddenHost}`)
    .trimEnd()
    .replaceAll(cutOff, (_, before, words) => before + wholeReason(words));
}
