import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/paths.ts';
import type { CommandDefinition } from '../../src/cli/command-definition.ts';
import { globalOptionList } from '../../src/cli/global-options.ts';
import { formatUsage } from '../../src/cli/help.ts';
import { type OptionSpec, sharedGroups } from '../../src/cli/option.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';

const commands = await catalog.all();

/** Joins wrapped and indented lines, so that only words are compared. */
const unwrapped = (text: string) => text.replaceAll(/\n *(?=\S)/g, ' ');

/** Returns the lines that are wrapped. Omits commands to copy and paste, and the lines with names of options and their defaults that stand alone. */
const proseOf = (help: string) =>
  help.split('\n').filter((line) => !/^ {2}(?:#|kubectl |\S+ \| )|^ {4}-.*:$/.test(line));

/** Lines that the help of these commands may have, where it is not 75. */
const mostLines: Readonly<Record<string, number>> = { grant: 45, revoke: 45 };

const isShared = ({ group }: OptionSpec) => (sharedGroups as readonly string[]).includes(group);

/** Counts the sentences of a text by their end marks. */
const sentencesOf = (text: string) => text.match(/[.!?](?=\s|$)/g)?.length ?? 0;

suite('help', (test) => {
  for (const argv of [['--help'], ['-h'], ['help']])
    test(`lists the commands in groups for "${argv.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await runTool(argv);
      assert.equal([code, stderr], [0, '']);
      for (const heading of ['Access', 'Read Kubelets', 'Requests', 'Containers', 'Other', 'Usage'])
        assert.match(stdout, `\n${heading}:\n`);
      for (const { name, summary } of commands)
        assert.match(stdout, new RegExp(`^  ${name} +${summary.replaceAll(/[()]/g, '.')}$`, 'm'));
      assert.match(stdout, '\nUse "kubectl kubeletaccess options" for ');
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    });

  test('without a command shows first commands and an explained error, without a cluster', async () => {
    const { code, stdout, stderr } = await runTool([]);
    assert.equal([code, stderr], [0, '']);
    const shown = /\$ kubectl kubeletaccess explain '([^']*)'\n(.*?)\n\n/s.exec(stdout);
    const { stdout: explained } = await runTool(['explain', shown?.[1] ?? '']);
    assert.is(shown?.[2]?.replaceAll(/^ {2}/gm, ''), explained.trimEnd());
    assert.match(stdout, '\n  kubectl kubeletaccess status ');
    assert.match(stdout, /\nAll commands: kubectl kubeletaccess help\n$/);
    assert.ok(stdout.trimEnd().split('\n').length <= 24);
  });

  test('lists the names of all agents', async () => {
    const { code, stdout } = await runTool(['help', 'agents']);
    assert.is(code, 0);
    for (const { name } of agents) assert.match(stdout, `\n  ${name}\n`);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });

  test('lists the exit codes that commands declare', async () => {
    const { code, stdout } = await runTool(['help', 'exit-codes']);
    assert.is(code, 0);
    const page = unwrapped(stdout);
    for (const { name, exitCodes } of commands)
      for (const [number, meaning] of exitCodes)
        assert.match(page, `${String(number).padEnd(3)} ${meaning}`, name);
    for (const name of ['grant', 'revoke'])
      assert.ok(commands.some((each) => each.name === name && each.exitCodes.length > 0));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });

  test('for AI agents names all commands, and those to run only when asked', async () => {
    const { code, stdout } = await runTool(['help', 'skill']);
    assert.is(code, 0);
    assert.ok(stdout.trimEnd().split('\n').length <= 80);
    const [, never = ''] = stdout.split('## Never unasked');
    const risky = ['--dry-run', '--apply', '--allow-exec', '--request'];
    for (const { name, options } of commands) {
      assert.match(stdout, `\n| \`${name}\` | `);
      if (options.some((option) => risky.includes(option.name)))
        assert.match(never, new RegExp(`\`${name}\\b`));
    }
  });

  for (const definition of commands) {
    const { name, description, examples, options, exitCodes } = definition;
    test(`the help of ${name} has purpose, examples, options under headings, usage and exit codes`, async () => {
      const { code, stdout, stderr } = await runTool([name, '--help']);
      assert.equal([code, stderr], [0, '']);
      const paragraphs = stdout.split('\n\n').map(unwrapped);
      const purpose = description.split('\n\n').map(unwrapped);
      assert.equal(paragraphs.slice(0, purpose.length), purpose);
      assert.ok(examples.length > 0 && stdout.includes('\n\nExamples:\n  # '));
      for (const option of options)
        assert.match(
          isShared(option) ? stdout : unwrapped(stdout),
          isShared(option) ? `   ${option.description}\n` : `: ${option.description}`,
          option.name,
        );
      const own = options.filter((option) => !isShared(option));
      const shared = options.filter(isShared);
      const shown = [...stdout.matchAll(/^ {4}(?:-\w, )?(--[a-z-]+)=\S*(?::$| {3})/gm)].map(
        ([, each]) => each,
      );
      assert.equal([...shown].sort(), options.map((option) => option.name).sort());
      assert.equal(
        shown.slice(own.length).sort(),
        shared.map((option) => option.name).sort(),
        'shared options are the last',
      );
      // No blank line separates two options.
      assert.not.match(stdout, /Options:\n(?: {4}.*\n)* {4}.*\n\n {4}/);
      const codes = exitCodes.map(([number, meaning]) => `${String(number).padEnd(3)} ${meaning}`);
      const end = [
        `Usage: ${formatUsage(definition)}`,
        ...(codes.length > 0 ? [`Exit codes: ${codes.join(' ')}`] : []),
        'Use "kubectl kubeletaccess options" for a list of global command-line options.\n',
      ];
      assert.equal(paragraphs.slice(-end.length), end);
    });

    const most = mostLines[name] ?? 75;
    test(`the help of ${name} has at most ${most} lines of 80 columns, and short paragraphs`, async () => {
      const { stdout } = await runTool([name, '--help']);
      const lines = stdout.split('\n').length - 1;
      assert.ok(lines <= most, `${lines} lines`);
      for (const line of proseOf(stdout)) assert.ok(line.length <= 80, line);
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
      for (const paragraph of description.split('\n\n'))
        assert.ok(sentencesOf(paragraph) <= 3, paragraph);
      assert.not.match(description, /[Ee]xit code(?:s|) *:|[Ee]xit \d/);
    });
  }

  test('has at most 230 options in the reference, where shared options are listed once', () => {
    const reference = readFileSync(join(root, 'docs/reference/commands.md'), 'utf8');
    const rows = reference.match(/^\| `-/gm)?.length ?? 0;
    assert.ok(rows > 100 && rows <= 230, `${rows} rows`);
  });

  test('describes each option in at most 15 words that end like a sentence', () => {
    for (const { name, description } of [
      ...globalOptionList,
      ...commands.flatMap(({ options }) => options),
    ]) {
      assert.ok(description.split(/\s+/).length <= 15, `${name}: ${description}`);
      assert.match(description, /^\S.*[.=]$/, name);
    }
  });

  test('offers TOTAL, rates and metrics only for commands that print them', async () => {
    const commandsWith = async (text: string) => {
      const names = [
        'certificates',
        'diff',
        'endpoints',
        'get',
        'grants',
        'metrics',
        'top',
        'who-can',
        'who-used',
      ];
      const helps = names.map(async (name) =>
        (await runTool([name, '--help'])).stdout.includes(text) ? name : [],
      );
      return (await Promise.all(helps)).flat();
    };
    assert.equal(await commandsWith('TOTAL'), ['get', 'metrics', 'top']);
    assert.equal(await commandsWith('with rates'), ['top']);
    assert.equal(await commandsWith(', prometheus,'), ['certificates', 'get', 'metrics', 'top']);
  });

  test('shows names, short names and defaults as kubectl does', async () => {
    const { stdout } = await runTool(['grant', '--help']);
    for (const line of ["-o, --output=''", "--profile='apiserver'", '--node=[]', '--force=false'])
      assert.match(stdout, `\n    ${line}:\n        `);
  });

  test('is wrapped to the columns of a terminal', async () => {
    for (const argv of [['help'], ['status', '--help'], ['options']])
      for (const columns of [60, 132]) {
        const lines = (await runTool(argv, { onTerminal: true, columns })).stdout.split('\n');
        const prose = proseOf(lines.join('\n')).filter(
          (line) => !/^ {2}\S+ {2}|^Use "kubectl kubeletaccess (?:COMMAND|options)/.test(line),
        );
        const longest = Math.max(...prose.map((line) => line.length));
        assert.ok(longest <= columns && longest > columns - 30, `${argv} ${columns}: ${longest}`);
      }
  });

  test('puts options before -- in the usage line', () => {
    const { positionals } = commands.find(({ name }) => name === 'exec') as CommandDefinition;
    assert.is(positionals.usage, 'POD -- COMMAND...');
    const usages = commands.map((definition) => formatUsage(definition));
    assert.ok(usages.includes('kubectl kubeletaccess exec POD [options] -- COMMAND...'));
    assert.ok(usages.includes('kubectl kubeletaccess port-forward POD PORT... [options]'));
    assert.ok(usages.includes('kubectl kubeletaccess options'));
  });

  test('lists every global option under a heading for "options", and no global option for a command', async () => {
    const { code, stdout } = await runTool(['options']);
    assert.is(code, 0);
    const headings = [...stdout.matchAll(/^(\S.*) Options:$/gm)].map(([, heading]) => heading);
    assert.equal(headings, ['API Server Connection', 'Identity', 'Kubelet Connection', 'General']);
    for (const { name, description } of globalOptionList) {
      assert.match(stdout, new RegExp(`^ {4}(?:-\\w, )?${name}=.*:\n {8}`, 'm'));
      assert.match(unwrapped(stdout), `: ${description}`);
    }
    for (const line of proseOf(stdout)) assert.ok(line.length <= 80, line);
    for (const { name } of commands)
      assert.not.match((await runTool([name, '--help'])).stdout, '--kubeconfig');
  });

  test('is an error for an unknown command, and suggests the most similar command', async () => {
    assert.equal((await runTool(['help', 'grnat'])).stderr.split('\n').slice(0, 2), [
      'error: unknown command "grnat"',
      'hint: did you mean: kubectl kubeletaccess grant',
    ]);
    const { stderr } = await runTool(['frobnicate']);
    assert.match(stderr, 'error: unknown command\nhint: why access to kubelets fails: ');
    assert.match(stderr, 'hint: kubectl kubeletaccess --help\n');
  });
});
