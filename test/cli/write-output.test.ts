import * as assert from 'uvu/assert';
import { checkText } from '../../src/cli/write-output.ts';
import { Failure } from '../../src/errors.ts';
import { suite } from '../kit/suite.ts';

const binary = Buffer.from([0]);

/** Returns the text that was passed on, and the message of the error that ended it. */
async function passedOn(chunks: readonly Buffer[], isTTY: boolean) {
  async function* arriving() {
    yield* chunks;
  }
  let text = '';
  try {
    for await (const chunk of checkText(arriving(), { isTTY }, () => new Failure('not text')))
      text += chunk.toString('latin1');
  } catch (error) {
    return [text, (error as Error).message];
  }
  return [text];
}

suite('binary content for a terminal', (test) => {
  test('is refused if it follows a short text', async () => {
    assert.equal(await passedOn([Buffer.from('text'), binary], true), ['text', 'not text']);
  });

  test('is not looked for after 2000 bytes', async () => {
    const text = 'x'.repeat(2000);
    assert.equal(await passedOn([Buffer.from(text), binary], true), [`${text}\0`]);
  });

  test('does not include a character that two chunks share', async () => {
    const [first, second] = [Buffer.from([0xc3]), Buffer.from([0xa9])];
    assert.equal(await passedOn([first, second], true), ['\xc3\xa9']);
  });

  test('is printed to a pipe', async () => {
    assert.equal(await passedOn([binary], false), ['\0']);
  });
});
