type Change = (text: string) => string;

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
const each =
  (change: (line: string, index: number) => string): Change =>
  (text) =>
    text.split('\n').map(change).join('\n');

/** Changes that programs, web pages and editors make to the characters of a text. */
export const writings: Readonly<Record<string, Change>> = {
  'JSON in a log': (text) =>
    `{"level":"error","ts":"2026-01-01T00:00:00.000Z","msg":"failed","error":"${quoted(text)}","stacktrace":"main.run\\n\\t/src/main.go:12"}`,
  'JSON on lines': (text) => `{\n  "level": "error",\n  "message": "${quoted(text)}"\n}`,
  'JSON in JSON': (text) =>
    `{"log":"${quoted(`{"msg":"${quoted(text)}"}`)}\\n","stream":"stderr","time":"2026-01-01T00:00:00Z"}`,
  logfmt: (text) =>
    `time="2026-01-01T00:00:00Z" level=error msg="it failed" error="${quoted(text)}"`,
  'entities of HTML': (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
  'numbered entities': (text) => text.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
  'escapes of a template': (text) =>
    quoted(text)
      .replaceAll('<', String.raw`\u003c`)
      .replaceAll('>', String.raw`\u003e`)
      .replaceAll('&', String.raw`\u0026`)
      .replaceAll("'", String.raw`\u0027`),
  'escaped quotes': (text) =>
    text.replaceAll('"', String.raw`\u0022`).replaceAll("'", String.raw`\u0027`),
  'quotes of nginx': (text) => text.replaceAll('"', String.raw`\x22`),
  'smart quotes': (text) =>
    text.replaceAll(/"([^"]*)"/g, '\u201c$1\u201d').replaceAll("'", '\u2019'),
  'German quotes': (text) => text.replaceAll(/"([^"]*)"/g, '\u201e$1\u201c'),
  'Japanese quotes': (text) => text.replaceAll(/"([^"]*)"/g, '\u300c$1\u300d'),
  'wide colons': (text) => text.replaceAll(': ', '\uff1a'),
  CSV: (text) => `"2026-01-01","${text.replaceAll('"', '""')}"`,
  'single quotes of YAML': (text) => `message: '${text.replaceAll("'", "''")}'`,
  'double quotes of YAML': (text) => `  message: "${quoted(text)}"`,
  'bytes of Python': (text) =>
    `stderr: b'${quoted(text).replaceAll(String.raw`\"`, '"').replaceAll("'", String.raw`\'`)}\\n'`,
  'a bold line': each((line) => `**${line}**`),
  'bold values': (text) =>
    text
      .replaceAll(/"([\w:.-]+)"/g, '"**$1**"')
      .replaceAll(/(?<![\w."])\d{1,3}(?:\.\d{1,3}){3}(?::\d{2,5})?(?=[: ])/g, '**$&**')
      .replaceAll(/(?<=[ (])(?:user|subresource)=[^,)\s*]+/g, '**$&**'),
};

/** Text that programs and people add around a text. */
export const around: Readonly<Record<string, Change>> = {
  journald: each((line) => `Jan 01 00:00:00 n1 mytool[812]: ${line}`),
  CRI: each((line) => `2026-01-01T00:00:00.000000000Z stderr F ${line}`),
  'a runner of GitHub': each((line) => `2026-01-01T00:00:00.1234567Z ${line}`),
  'an error of a workflow': (text) =>
    `Error: Process completed with exit code 1.\n##[error]${text}`,
  Jenkins: each((line) => `[2026-01-01T00:00:00.000Z] ${line}`),
  stern: each((line) => `web-5d-abc web ${line}`),
  compose: each((line) => `agent-1  | ${line}`),
  'numbers of lines': each((line, index) => `    ${index + 12}\t${line}`),
  'a file and a line': each((line, index) => `/var/log/syslog:${index + 12}:${line}`),
  ansible: (text) =>
    `fatal: [n1]: FAILED! => {"changed": true, "rc": 1, "stderr": "${quoted(text)}", "stderr_lines": ["${quoted(text)}"], "stdout": ""}`,
  terraform: (text) =>
    `\u2577\n\u2502 Error: ${text.replaceAll('\n', '\n\u2502 ')}\n\u2502 \n\u2502   with module.x.kubernetes_namespace.ns,\n\u2502   on main.tf line 12\n\u2575`,
  PowerShell: (text) =>
    `kubectl : ${text}\nAt line:1 char:1\n+ kubectl logs web-5d\n+ ~~~~~~~~~~~~~~~~~~~\n    + CategoryInfo          : NotSpecified: (${text.slice(0, 40)}...:String) [], RemoteException\n    + FullyQualifiedErrorId : NativeCommandError`,
  'a row of a table': (text) => `| \`${text}\` | restart it |`,
  'an event': (text) => `  Warning  Failed  12s (x3 over 1m)  my-controller  ${text}`,
  'a condition': (text) =>
    `  - lastTransitionTime: "2026-01-01T00:00:00Z"\n    message: '${text.replaceAll("'", "''")}'\n    reason: Failed\n    status: "False"`,
  'an error of gRPC': (text) => `rpc error: code = Unknown desc = ${text}`,
  'an exception': (text) =>
    `Exception in thread "main" java.lang.RuntimeException: ${text}\n\tat a.b.C(D.java:12)`,
  'a German sentence': (text) =>
    `Beim Aufruf bekomme ich den Fehler \u201e${text}\u201c \u2013 woran liegt das?`,
  'a Chinese sentence': (text) =>
    `\u6267\u884c\u65f6\u62a5\u9519\uff1a${text}\uff0c\u8bf7\u95ee\u600e\u4e48\u89e3\u51b3\uff1f`,
  'a Japanese sentence': (text) =>
    `\u300c${text}\u300d\u3068\u3044\u3046\u30a8\u30e9\u30fc\u304c\u51fa\u307e\u3059\u3002`,
  'a Russian sentence': (text) =>
    `\u041e\u0448\u0438\u0431\u043a\u0430: \u00ab${text}\u00bb. \u041a\u0430\u043a \u0438\u0441\u043f\u0440\u0430\u0432\u0438\u0442\u044c?`,
};

const anywhere =
  (width: number): Change =>
  (text) =>
    text.replaceAll(new RegExp(`.{${width}}(?=.)`, 'g'), '$&\n');
const atWords =
  (width: number, before = ''): Change =>
  (text) =>
    before +
    text.replaceAll(new RegExp(`(?=.{${width}})(.{1,${width - 1}}) `, 'g'), `$1\n${before}`);

export const folds: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(
    [60, 72, 80, 100, 120, 132].map((width) => [`after ${width} characters`, anywhere(width)]),
  ),
  ...Object.fromEntries([60, 72, 80, 100].map((width) => [`at words of ${width}`, atWords(width)])),
  'in a quotation': atWords(76, '> '),
  'in a comment': atWords(76, '# '),
  'in a plain value of YAML': (text) =>
    `    message: ${atWords(74)(text).replaceAll('\n', '\n      ')}`,
  'in a box': (text) => `\u2577\n${atWords(70, '\u2502 ')(text)}\n\u2575`,
};
