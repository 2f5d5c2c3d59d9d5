import * as assert from 'uvu/assert';
import { openOutput } from '../../src/cli/output.ts';
import { templates } from '../../src/cli/output-template.ts';
import { Failure, UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

const open = (output: string) => openOutput(output, ['table', 'json'], templates);

function failure(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('no failure');
}

suite('-o with templates', (test) => {
  test('also accepts the formats that the command defines', () => {
    assert.is(open('json'), 'json');
    const { message, exitCode } = failure(() => open('xml'));
    assert.is(exitCode, 2);
    assert.match(message, /^invalid --output value "xml": must be "table", "json", "jsonpath=TEMP/);
  });

  test('reports a malformed template and a template that cannot render the value as different errors', () => {
    assert.instance(
      failure(() => open('jsonpath={')),
      UsageFailure,
    );
    assert.instance(
      failure(() => open('custom-columns')),
      UsageFailure,
    );
    const print = open('jsonpath={.a[0]}');
    const wrong = failure(() => typeof print === 'function' && print({ a: 1 }));
    assert.is(wrong.exitCode, 1);
    assert.is(
      wrong.message,
      'error executing jsonpath "{.a[0]}": Error executing template: int64 is not array or slice',
    );
  });
});
