import * as assert from 'uvu/assert';
import { parseFormat } from '../../src/cli/output.ts';
import { templates } from '../../src/cli/output-template.ts';
import { Failure, UsageFailure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

const open = (output: string) => parseFormat(output, ['table', 'json'], templates);

/** Returns whether an error is a Failure with this exit code and message. */
const isFailure = (code: number, message: RegExp) => (error: unknown) =>
  error instanceof Failure && error.exitCode === code && message.test(error.message);

suite('-o with templates', (test) => {
  test('also accepts the formats that the command defines', () => {
    assert.is(open('json'), 'json');
    const message = /^invalid --output value "xml": must be "table", "json", "jsonpath=TEMP/;
    assert.throws(() => open('xml'), isFailure(2, message));
  });

  test('reports a malformed template and a template that cannot render the value as different errors', () => {
    for (const output of ['jsonpath={', 'custom-columns'])
      assert.throws(
        () => open(output),
        (error: unknown) => error instanceof UsageFailure,
      );
    const print = open('jsonpath={.a[0]}');
    const message =
      /^error executing jsonpath "{\.a\[0\]}": Error executing template: int64 is not array or slice$/;
    assert.throws(() => typeof print === 'function' && print({ a: 1 }), isFailure(1, message));
  });
});
