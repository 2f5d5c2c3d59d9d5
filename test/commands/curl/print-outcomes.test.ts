import * as assert from 'uvu/assert';
import { printNdjson } from '../../../src/commands/curl/print-outcomes.ts';
import type { CallOutcome } from '../../../src/commands/shared/fleet/outcome.ts';
import { suite } from '../../kit/suite.ts';

const outcome = (name: string): CallOutcome => ({
  ...{ name, node: name, address: undefined, via: 'direct', ms: 0, status: 200, bytes: 2 },
  ...{ head: undefined, body: { kind: 'json', line: `"é ${name}"` } },
});
const lineOf = (name: string) =>
  `{"node":"${name}","via":"direct","httpStatus":200,"ms":0,"bytes":2,"body":"é ${name}"}\n`;

/** Opens a printer whose writes stay pending, so that their memory is still in use. */
function open(signal: AbortSignal) {
  const pending: { readonly content: string | Buffer; readonly done: () => void }[] = [];
  const stdout = {
    write: (content: string | Buffer, done: () => void) => pending.push({ content, done }),
  };
  const { print } = printNdjson({ stdout, signal, mask: (text) => text });
  return {
    pending,
    texts: () => pending.map(({ content }) => content.toString()),
    print: (name: string) => print(0, outcome(name), () => {}),
  };
}

suite('lines of -o ndjson', (test) => {
  test('keep their bytes until they are written, although memory is reused', async () => {
    const { pending, texts, print } = open(new AbortController().signal);
    const first = [print('a'), print('b')];
    assert.equal(texts(), ['a', 'b'].map(lineOf));
    for (const { done } of pending) done();
    await Promise.all(first);
    const next = print('c');
    assert.equal(texts().at(-1), lineOf('c'));
    const memoryOf = ({ content }: (typeof pending)[number]) => (content as Buffer).buffer;
    const [a, b, c] = pending.map(memoryOf);
    assert.ok(c === a || c === b);
    pending.at(-1)?.done();
    await next;
  });

  test('keep their bytes if an interrupt comes before they are written', async () => {
    const interruption = new AbortController();
    const { texts, print } = open(interruption.signal);
    const first = print('a');
    interruption.abort();
    await first;
    await print('b');
    assert.equal(texts(), ['a', 'b'].map(lineOf));
  });

  test('may be longer than the reused memory', async () => {
    const { pending, texts, print } = open(new AbortController().signal);
    const long = 'x'.repeat(300_000);
    const printed = print(long);
    assert.ok(texts()[0] === lineOf(long));
    pending[0]?.done();
    await printed;
  });
});
