import * as assert from 'uvu/assert';
import { globalOptionList } from '../../src/cli/global-options.ts';
import { catalog } from '../../src/run.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';

const commands = await catalog.all();

suite('help', (test) => {
  for (const argv of [[], ['--help'], ['-h'], ['help']])
    test(`lists the commands in groups for "${argv.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await runTool(argv);
      assert.equal([code, stderr], [0, '']);
      for (const heading of ['Access Commands:', 'Kubelet Commands:', 'Other Commands:', 'Usage:'])
        assert.match(stdout, `\n${heading}\n`);
      for (const { name, summary } of commands)
        assert.match(stdout, new RegExp(`^  ${name} +${summary.replaceAll(/[()]/g, '.')}$`, 'm'));
      assert.match(stdout, '\nUse "kubectl kubeletaccess options" for ');
    });

  for (const { name, description, examples, options } of commands)
    test(`of ${name} has purpose, examples, its own options under headings, and usage`, async () => {
      const { code, stdout, stderr } = await runTool([name, '--help']);
      assert.equal([code, stderr], [0, '']);
      assert.ok(stdout.startsWith(`${description}\n\n`));
      assert.ok(examples.length > 0 && stdout.includes('\n\nExamples:\n  # '));
      for (const option of options)
        assert.match(stdout, `\n        ${option.description}\n`, option.name);
      const shown = [...stdout.matchAll(/^ {4}(?:-\w, )?(--[a-z-]+)=.*:$/gm)].map(
        ([, each]) => each,
      );
      assert.equal([...shown].sort(), options.map((option) => option.name).sort());
      assert.match(stdout, new RegExp(`\n\nUsage:\n  kubectl kubeletaccess ${name}.*\n\nUse "`));
    });

  test('shows names, short names and defaults as kubectl does', async () => {
    const { stdout } = await runTool(['grant', '--help']);
    for (const line of ["-o, --output=''", "--profile='apiserver'", '--node=[]', '--force=false'])
      assert.match(stdout, `\n    ${line}:\n        `);
  });

  test('options lists every global option under its heading, and help of a command none', async () => {
    const { code, stdout } = await runTool(['options']);
    assert.is(code, 0);
    const headings = [...stdout.matchAll(/^(\S.*) Options:$/gm)].map(([, heading]) => heading);
    assert.equal(headings, ['API Server Connection', 'Identity', 'Kubelet Connection', 'General']);
    for (const { name, description } of globalOptionList) {
      assert.match(stdout, new RegExp(`^ {4}(?:-\\w, )?${name}=.*:\n {8}`, 'm'));
      assert.match(stdout, `        ${description}\n`);
    }
    for (const { name } of commands)
      assert.not.match((await runTool([name, '--help'])).stdout, '--kubeconfig');
  });

  test('of a command that does not exist is an error with the nearest one', async () => {
    assert.equal((await runTool(['help', 'grnat'])).stderr.split('\n').slice(0, 2), [
      'error: unknown command "grnat"',
      'hint: did you mean: kubectl kubeletaccess grant',
    ]);
  });
});
