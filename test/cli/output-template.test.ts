import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openOutput } from '../../src/cli/output-template.ts';
import { Failure, UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';

const open = (output: string, cwd = '/') =>
  openOutput(output, ['table', 'json'], { cwd, signal: new AbortController().signal });

async function failure(action: () => unknown): Promise<Failure> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('no failure');
}

suite('-o with templates', (test) => {
  test('still takes the words of the command', async () => {
    assert.is(await open('json'), 'json');
    const { message, exitCode } = await failure(() => open('xml'));
    assert.is(exitCode, 2);
    assert.match(message, /^invalid --output value "xml": must be "table", "json", "jsonpath=TEMP/);
  });

  test('reads a template from a file, also of a path that is relative', () =>
    withFiles({ template: '{.a}\n', columns: 'A\n.a\n' }, async (folder) => {
      const print = await open(`jsonpath-file=${join(folder, 'template')}`);
      assert.is(typeof print === 'function' && print({ a: 1 }), '1\n');
      const table = await open('custom-columns-file=columns', folder);
      assert.is(typeof table === 'function' && table({ items: [{ a: 1 }, {}] }), 'A\n1\n<none>\n');
    }));

  test('tells a wrong command line from a template that does not fit', async () => {
    assert.instance(await failure(() => open('jsonpath={')), UsageFailure);
    assert.instance(await failure(() => open('custom-columns')), UsageFailure);
    const print = await open('jsonpath={.a[0]}');
    const wrong = await failure(() => typeof print === 'function' && print({ a: 1 }));
    assert.is(wrong.exitCode, 1);
    assert.is(
      wrong.message,
      'error executing jsonpath "{.a[0]}": Error executing template: int64 is not array or slice',
    );
  });
});
