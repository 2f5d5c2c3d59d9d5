import * as assert from 'uvu/assert';
import {
  markdownCommands,
  markdownFacts,
  markdownTable,
  markdownText,
} from '../../src/text/markdown.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';

suite('Markdown', (test) => {
  test('escapes texts of servers: no links, headings, HTML or line ends', () => {
    assert.is(
      markdownText('[a](https://evil)\n# b <img src=x> | `c` \x1b[31m'),
      String.raw`\[a\](https://evil) \# b \<img src=x\> \| \`c\` \\x1b\[31m`,
    );
  });

  test('leaves out facts without a text, and escapes the cells of a table', () => {
    assert.is(
      markdownFacts([
        ['A', 'x'],
        ['B', ''],
      ]),
      '- **A**: x\n',
    );
    assert.is(
      markdownTable(['A', 'B'], [['1|2', '3']]),
      '| A | B |\n| --- | --- |\n| 1\\|2 | 3 |\n',
    );
  });

  test('has unchanged commands in a code block, even if a command contains the end of a code block', () => {
    assert.is(markdownCommands(['ls *', 'a']), '```sh\nls *\na\n```\n');
    assert.is(markdownCommands(['echo ```']), '````sh\necho ```\n````\n');
    assert.is(markdownCommands([]), '');
  });
});

suite('-o markdown', (test) => {
  test('prints a report of audit with title, cluster, date, counts, and findings with remedies', () =>
    withSandbox({ nodes: ['self-signed', 'stopped'] }, async ({ apiServer }, tool) => {
      const { code, stdout } = await tool('audit -o markdown');
      assert.is(code, 4);
      for (const words of [
        /^# Audit of kubelets\n\nA kubelet runs the containers of one machine/,
        `- **Cluster**: ${apiServer.url}\n`,
        /^- \*\*Date\*\*: \d{4}-\d\d-\d\dT/m,
        /^- \*\*Nodes\*\*: 2\n- \*\*Findings\*\*: 0 high, \d medium, /m,
        /^## KA203 \(medium\): the serving certificate is self-signed\n\n.+\n\n- node-1: /m,
        /^\*\*Remedy\*\*: serverTLSBootstrap: true /m,
        /^## Not checked\n\n- /m,
      ])
        assert.match(stdout, words);
    }));

  test('prints a report of status with result, hops, and findings with remedies and commands', () =>
    withSandbox({ nodes: ['none', 'stopped'] }, async (_, tool) => {
      const { code, stdout } = await tool('status -o markdown');
      assert.is(code, 3);
      for (const words of [
        /^# Access to kubelets\n\n/,
        '- **Result**: access-missing\n- **Nodes**: 2, of which the API server reaches 0\n',
        '| From | To | As | Result |\n| --- | --- | --- | --- |\n| caller | apiserver | ',
        /^## Error: /m,
        /^```sh\n(?:.*\n)*?kubectl kubeletaccess grant\b.*\n(?:.*\n)*?```$/m,
      ])
        assert.match(stdout, words);
    }));
});
