import * as assert from 'uvu/assert';
import { paintAnsi } from '../../src/text/color.ts';
import { markdown } from '../../src/text/markdown.ts';
import type { ReportStyle } from '../../src/text/render-report.ts';
import type { Shown } from '../../src/text/shown.ts';
import { printed } from '../kit/shown.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

const odd = 'a\n* error: forged \x1b[2J[x](y)';

const shown: Shown = {
  title: 'A report',
  intro: 'Of things.',
  facts: [{ label: 'cluster', text: 'https://c' }],
  sections: [
    [{ lines: [{ label: 'verdict', text: 'bad enough', tones: { bad: 'bad' } }] }],
    [
      { title: 'What there is', note: 'all' },
      {
        heads: ['NAME', 'STATE'],
        rows: [
          [odd, ['up', 'good']],
          ['', ''],
        ],
      },
    ],
    [{ heads: ['NONE'], rows: [] }],
    [
      {
        findings: [
          { severity: 'error', message: odd, details: [{ text: odd }], commands: ['ls `x`'] },
          { severity: 'high', id: 'KA1', message: 'high', details: [{ label: 'why', text: 'so' }] },
        ],
      },
    ],
    [
      { title: 'To copy' },
      {
        facts: [
          { label: 'why', text: odd },
          { label: 'failed at', text: 'b' },
        ],
      },
      { verbatim: [`run: ${odd}`, '  # *'] },
    ],
    [{ title: 'Not checked' }, { findings: [{ message: 'a', details: [{ text: 'b' }] }] }],
  ],
};

const print = (style: Partial<ReportStyle> = {}) => printed({}, () => shown, style);

const text = String.raw`verdict: bad enough

WHAT THERE IS (all)
NAME                              STATE
a * error: forged \x1b[2J[x](y)   up
<none>                            <none>

* a * error: forged \x1b[2J[x](y)
  a * error: forged \x1b[2J[x](y)
  run: ls ${'`x`'}
* KA1 high: high
  why: so

TO COPY
  why:       a\x0a* error: forged \x1b[2J[x](y)
  failed at: b
run: a\x0a* error: forged \x1b[2J[x](y)
  # *

NOT CHECKED
* a
  b
`;

const document = String.raw`# A report

Of things.

- **Cluster**: https://c
- **Verdict**: bad enough

## Error: a \* error: forged \\x1b\[2J\[x\](y)

- a \* error: forged \\x1b\[2J\[x\](y)

${'```'}sh
ls ${'`x`'}
${'```'}

## KA1 high: high

- **Why**: so

## Details

## What there is

all

| NAME | STATE |
| --- | --- |
| a \* error: forged \\x1b\[2J\[x\](y) | up |
| \<none\> | \<none\> |

## To copy

- **Why**: a \* error: forged \\x1b\[2J\[x\](y)
- **Failed at**: b

${'```'}sh
run: a\x0a* error: forged \x1b[2J[x](y)
  # *
${'```'}

## Not checked

- a (b)
`;

suite('a report', (test) => {
  test('has sections between blank lines; text from a server forges no line', () => {
    assert.is(print(), text);
  });

  test('has lines, then findings, then tables in Markdown; text from a server is no markup', () => {
    assert.is(print({ format: 'markdown' }), document);
  });

  test('has the same text with and without color', () => {
    const painted = print({ paint: paintAnsi });
    for (const words of [
      'verdict: \x1b[31mbad\x1b[0m enough\n',
      '\x1b[32mup\x1b[0m',
      '\x1b[31m*\x1b[0m a',
      '\x1b[31m* KA1 high:\x1b[0m high\n',
    ])
      assert.ok(painted.includes(words), `no ${JSON.stringify(words)} in\n${painted}`);
    assert.is(painted.replaceAll(/\x1b\[\d+m/g, ''), print());
  });

  test('asks for all columns and details with -o wide and in documents', () => {
    const scopes = (['table', 'wide', 'markdown'] as const).map((format) => {
      let asked = '';
      printed(
        {},
        (_, { isWide, showAll, isDocument }) => {
          asked = [isWide, showAll, isDocument].map(Number).join('');
          return shown;
        },
        { format },
      );
      return asked;
    });
    assert.equal(scopes, ['000', '110', '101']);
  });

  test('keeps a table that follows lines in a document', () => {
    const lines = [{ text: 'a line' }];
    const sections = [[{ lines }, { heads: ['A'], rows: [['1']] }], [{ lines }]];
    const text = printed({}, () => ({ ...shown, sections }), { format: 'markdown' });
    assert.match(text, /## Details\n\n- a line\n\n\| A \|\n\| --- \|\n\| 1 \|\n/);
  });

  test('is the object itself in JSON and YAML', () => {
    const report = { a: [{ b: [1] }] };
    const asIs = (format: 'json' | 'yaml') => printed(report, () => shown, { format });
    assert.equal(JSON.parse(asIs('json')), report);
    assert.is(asIs('yaml'), 'a:\n  - b:\n      - 1\n');
  });
});

suite('Markdown', (test) => {
  test('escapes texts of servers: no links, headings, HTML or line ends', () => {
    assert.is(
      markdown.paragraph('[a](https://evil)\n# b <img src=x> | `c` \x1b[31m'),
      `${String.raw`\[a\](https://evil) \# b \<img src=x\> \| \`c\` \\x1b\[31m`}\n`,
    );
  });

  test('has unchanged commands in a code block, even if a command contains the end of a code block', () => {
    assert.is(markdown.code(['ls *', 'a']), '```sh\nls *\na\n```\n');
    assert.is(markdown.code(['echo ```']), '````sh\necho ```\n````\n');
  });
});

suite('-o markdown', (test) => {
  test('prints a report of audit with cluster, date, counts, findings with remedies, and all tables', () =>
    withSandbox({ nodes: ['self-signed', 'stopped'] }, async ({ apiServer }, tool) => {
      const { code, stdout } = await tool('audit -o markdown');
      assert.is(code, 4);
      for (const words of [
        /^# Audit of kubelets\n\nA kubelet runs the containers of one machine/,
        `- **Cluster**: ${apiServer.url}\n`,
        /^- \*\*Date\*\*: \d{4}-\d\d-\d\dT.*\n- \*\*Nodes\*\*: 2\n- \*\*Findings\*\*: 0 high, \d medium, /m,
        /^## KA203 medium: the serving certificate is self-signed\n\n- node-1: /m,
        /^- \*\*Remedy\*\*: serverTLSBootstrap: true /m,
        /^\| NODE \| VERSION \|.*\n\| --- .*\n\| node-1 \| v1\.37/m,
        /^\| SUBJECT \| STRENGTH \|/m,
        /^## Not checked\n\n- /m,
      ])
        assert.match(stdout, words);
    }));

  test('prints a report of status with verdict, findings with remedies and commands, and all tables', () =>
    withSandbox({ nodes: ['none', 'stopped'] }, async (_, tool) => {
      const { code, stdout } = await tool('status -o markdown');
      assert.is(code, 3);
      for (const words of [
        /^# Access to kubelets\n\n/,
        '- **Nodes**: 2, of which the API server reaches 0\n- **Verdict**: access-missing\n',
        /^## Error: /m,
        /^```sh\n(?:.*\n)*?kubectl kubeletaccess grant\b.*\n(?:.*\n)*?```$/m,
        /^\| OBJECT \| STATE \|/m,
        /^\| HOP \| IDENTITY \| VERDICT \|\n\| --- .*\n\| caller -\\> apiserver \|/m,
        /^\| ACCESS \| /m,
        /^\| NODE \| READY \|/m,
      ])
        assert.match(stdout, words);
    }));
});
