// Compares how this program and node:http read valid and invalid responses.
import http from 'node:http';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { parseResponse, type ResponseHead } from '../../../src/kube/transport/parse-response.ts';
import { anyCharacter, fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { listen } from '../../sandbox/listen.ts';

const some = runs(1000);

/** Result of reading the bytes of a response, after which the connection ends. */
interface Reading {
  readonly head?: Pick<ResponseHead, 'status' | 'statusText' | 'rawHeaders'> & {
    readonly headers: unknown;
  };
  readonly body: string;
  /** `complete`, `more` if bytes followed the response, or the code of an error. */
  readonly end: string;
}

function headOf(head: Pick<ResponseHead, 'status' | 'statusText' | 'rawHeaders' | 'headers'>) {
  const { status, statusText, rawHeaders, headers } = head;
  return { status, statusText, rawHeaders: [...rawHeaders], headers: { ...headers } };
}

function readByUs(pieces: readonly Buffer[], method: string): Reading {
  let head: Reading['head'];
  let body = '';
  let complete = false;
  const parser = parseResponse(method, {
    head: (parsed) => {
      head = headOf(parsed);
    },
    data: (bytes) => {
      body += bytes.toString('latin1');
    },
    end: () => {
      complete = true;
    },
  });
  const reading = (end: string): Reading => ({ ...(head && { head }), body, end });
  try {
    for (const [at, piece] of pieces.entries())
      if (parser.push(piece) || (complete && at + 1 < pieces.length)) return reading('more');
    parser.finish();
    return reading(complete ? 'complete' : 'ECONNRESET');
  } catch (error) {
    assert.instance(error, TransportError);
    const { stage, code } = error as TransportError;
    assert.is(stage, head ? 'body' : 'response');
    return reading(code);
  }
}

/** Reads with node:http from a server that sends the bytes for any request, and closes the connection. */
function readByNode(port: number, method: string): Promise<Reading> {
  return new Promise((resolve) => {
    const request = http.request({ host: '127.0.0.1', port, method, agent: false });
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ body: '', end: error.code ?? 'unknown' });
    request.on('error', failed);
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ body: '', end: 'HPE_UPGRADE' });
    });
    request.on('response', (response) => {
      const { statusCode = 0, statusMessage = '', rawHeaders, headers } = response;
      const head = headOf({ status: statusCode, statusText: statusMessage, rawHeaders, headers });
      let body = '';
      const end = (code: string) => resolve({ head, body, end: code });
      request.off('error', failed);
      request.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'unknown'));
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
      });
      response.on('end', () => end('complete'));
      response.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'unknown'));
    });
    request.end();
  });
}

async function withServer(
  use: (
    readBoth: (answer: Buffer, method: string) => Promise<[ours: Reading, node: Reading]>,
  ) => Promise<void>,
): Promise<void> {
  let bytes = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  try {
    await use(async (answer, method) => {
      bytes = Buffer.from(answer);
      return [readByUs([answer], method), await readByNode(port, method)];
    });
  } finally {
    await stop();
  }
}

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const known = fc.constantFrom(
  ...'Content-Type Set-Cookie Retry-After Location X-A x-a Connection Trailer'.split(' '),
);
const special = /^(?:content-length|transfer-encoding|upgrade|connection|__proto__)$/i;
const field = fc
  .tuple(fc.oneof(token, known), value)
  .filter(([name]) => !special.test(name))
  .map(([name, text]) => `${name}: ${text}\r\n`);
const fields = fc.array(field, { maxLength: 5 }).map((lines) => lines.join(''));
const text = fc
  .string({ unit: anyCharacter, maxLength: 300 })
  .map((chars) => Buffer.from(chars).toString('latin1'));
const chunk = fc
  .tuple(text, fc.constantFrom('', ';a', ';a=b', ';a="b c"'), fc.boolean())
  .filter(([data]) => data !== '')
  .map(([data, extension, upper]) => {
    const size = data.length.toString(16);
    return `${upper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
  });
const chunked = fc
  .tuple(fc.array(chunk, { maxLength: 5 }), fc.constantFrom('0', '000'), fields)
  .map(([chunks, last, trailer]) => [
    'Transfer-Encoding: chunked\r\n',
    `${chunks.join('')}${last}\r\n${trailer}\r\n`,
  ]);
const framed = fc.oneof(
  text.map((body) => [`Content-Length: ${body.length}\r\n`, body]),
  text.map((body) => ['', body]),
  chunked,
);
const informational = fc.constantFrom(
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n',
);
const status = fc.constantFrom(200, 200, 204, 206, 302, 304, 403, 429, 500, 599, 999);
const reason = fc.constantFrom(' OK', ' Not the usual words', ' ', '');
const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST');
/** Responses, each with the method of its request. */
const answers = fc
  .tuple(method, informational, status, reason, fields, framed)
  .map(([asked, before, code, words, lines, [framing = '', body = '']]) => {
    const hasBody = asked !== 'HEAD' && code !== 204 && code !== 304;
    const head = `${before}HTTP/1.1 ${code}${words}\r\n${lines}${framing}\r\n`;
    return [head + (hasBody ? body : ''), asked] as const;
  });

/** Pieces of text that have a meaning somewhere in a response. */
const fragment = fc.constantFrom(
  ...[...'\r|\n|\r\n|\r\n\r\n| |\t|:|\0|0|1|f|;|,|-|+|HTTP/1.0|HTTP/2.0'.split('|')],
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
  ],
  ...[
    'Transfer-Encoding : chunked\r\n',
    'Content-Length: 5, 5\r\n',
    ' folded\r\n',
    'x'.repeat(40),
    '\x7f',
    '\xff',
  ],
);
/** A position in a text, as a fraction of the length of the text. */
const place = fc.noBias(fc.nat({ max: 999 })).map((number) => number / 1000);
const damage = fc.tuple(place, fc.nat({ max: 4 }), fc.oneof(fragment, fc.constant('')));

function damaged(answer: string, damages: readonly (readonly [number, number, string])[]): string {
  return damages.reduce((before, [where, cut, added]) => {
    const at = Math.floor(where * before.length);
    return before.slice(0, at) + added + before.slice(at + cut);
  }, answer);
}

function checkAsync(property: fc.IAsyncProperty<unknown>): Promise<void> {
  return fc.assert(property, some);
}

suite('the response of a server', (test) => {
  test('is read as node:http reads it', () =>
    withServer(async (readBoth) =>
      checkAsync(
        fc.asyncProperty(answers, async ([answer, asked]) => {
          const [ours, node] = await readBoth(Buffer.from(answer, 'latin1'), asked);
          assert.equal(ours, node);
          assert.is(ours.end, 'complete');
        }) as never,
      ),
    ));

  test('is rejected, or read as node:http reads it, if it is damaged', () => {
    const ends = new Map<string, number>();
    return withServer(async (readBoth) => {
      await checkAsync(
        fc.asyncProperty(
          answers,
          fc.array(damage, { minLength: 1, maxLength: 3 }),
          async ([answer, asked], damages) => {
            const bytes = Buffer.from(damaged(answer, damages), 'latin1');
            const [ours, node] = await readBoth(bytes, asked);
            ends.set(ours.end, (ends.get(ours.end) ?? 0) + 1);
            if (ours.end === 'complete') assert.equal(ours, node);
            else assert.match(ours.end, /^(?:HPE_.*|ECONNRESET|more)$/);
          },
        ) as never,
      );
      // The damage must have many different effects, or the test would prove nothing.
      assert.ok((ends.get('complete') ?? 0) > some.numRuns / 20, JSON.stringify([...ends]));
      assert.ok(ends.size >= 6, JSON.stringify([...ends]));
    });
  });

  test('is the same for any division into pieces', () =>
    fc.assert(
      fc.property(
        answers,
        fc.array(damage, { maxLength: 1 }),
        fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 20 }),
        ([answer, asked], damages, sizes) => {
          const bytes = Buffer.from(damaged(answer, damages), 'latin1');
          const pieces: Buffer[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const next = at + 1 + (sizes[turn % sizes.length] ?? 0);
            pieces.push(bytes.subarray(at, next));
            at = next;
          }
          assert.equal(readByUs(pieces, asked), readByUs([bytes], asked));
        },
      ),
      some,
    ));
});

const refused: readonly (readonly [title: string, answer: string, code: string])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n', 'INVALID_CONSTANT'],
  ['another protocol that ends no line', 'SSH', 'INVALID_CONSTANT'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', 'INVALID_VERSION'],
  ['HTTP/0.9', 'hello', 'INVALID_CONSTANT'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'INVALID_STATUS'],
  ['a status below 100', 'HTTP/1.1 099 No\r\n\r\n', 'INVALID_STATUS'],
  ['lines without CR', 'HTTP/1.1 200 OK\nA: b\n\n', 'CR_EXPECTED'],
  [
    'chunks of HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'INVALID_TRANSFER_ENCODING',
  ],
  ['a switch to another protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: a\r\n\r\n', 'UPGRADE'],
  ['many informational responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(6), 'INVALID_STATUS'],
];
const informationals: typeof refused = [
  ['that closes the connection', 'HTTP/1.1 100 A\r\nConnection: close', 'CLOSED_CONNECTION'],
  ['of HTTP/1.0', 'HTTP/1.0 103 A', 'CLOSED_CONNECTION'],
  ['with an invalid length', 'HTTP/1.1 103 A\r\nContent-Length: a', 'INVALID_CONTENT_LENGTH'],
];
const encoding = 'Transfer-Encoding: ';
const length = 'Content-Length: ';
const headers: typeof refused = [
  ['a CR within a line', 'A: b\rC: d', 'INVALID_HEADER_TOKEN'],
  ['a NUL', 'A: b\0', 'INVALID_HEADER_TOKEN'],
  ['a continued line', 'A: b\r\n c', 'INVALID_HEADER_TOKEN'],
  ['a blank before the colon', 'Content-Length : 5', 'INVALID_HEADER_TOKEN'],
  ['a line without a colon', 'A', 'INVALID_HEADER_TOKEN'],
  ['an empty name', ': b', 'INVALID_HEADER_TOKEN'],
  ['two lengths', `${length}5\r\ncontent-length: 5`, 'UNEXPECTED_CONTENT_LENGTH'],
  ['two lengths in one', `${length}5, 5`, 'INVALID_CONTENT_LENGTH'],
  ['a negative length', `${length}-1`, 'INVALID_CONTENT_LENGTH'],
  ['a length with a sign', `${length}+5`, 'INVALID_CONTENT_LENGTH'],
  ['a length of 20 digits', `${length}99999999999999999999`, 'INVALID_CONTENT_LENGTH'],
  ['a length and chunks', `${length}5\r\n${encoding}chunked`, 'UNEXPECTED_CONTENT_LENGTH'],
  ['a coding twice', `${encoding}chunked\r\n${encoding}chunked`, 'INVALID_TRANSFER_ENCODING'],
  ['another coding', `${encoding}gzip`, 'INVALID_TRANSFER_ENCODING'],
  ['a vertical tab before a coding', `${encoding}\vchunked`, 'INVALID_HEADER_TOKEN'],
  ['a tab after a coding', `${encoding}chunked\t`, 'INVALID_TRANSFER_ENCODING'],
  ['many headers', 'A: b\r\n'.repeat(2001), 'HEADER_OVERFLOW'],
  ['large headers', `A: ${'b'.repeat(1024 * 1024)}`, 'HEADER_OVERFLOW'],
];
const broken: typeof refused = [
  ['a chunk without a size', '\r\nhello\r\n', 'INVALID_CHUNK_SIZE'],
  ['a size that is no number', 'hello\r\n', 'INVALID_CHUNK_SIZE'],
  ['a size with 0x', '0x5\r\nhello\r\n', 'INVALID_CHUNK_SIZE'],
  ['a negative size', '-5\r\nhello\r\n', 'INVALID_CHUNK_SIZE'],
  ['a size of 16 digits', 'ffffffffffffffff\r\n', 'INVALID_CHUNK_SIZE'],
  ['a very long size line', `5;${'a'.repeat(4096)}`, 'INVALID_CHUNK_SIZE'],
  ['a size line without CR', '5\nhello\r\n', 'CR_EXPECTED'],
  ['a chunk longer than its size', '5\r\nhello again\r\n', 'STRICT'],
  ['a trailer without a colon', '0\r\nA\r\n\r\n', 'INVALID_HEADER_TOKEN'],
  ['a length in a trailer', '0\r\nContent-Length: 5\r\n\r\n', 'INVALID_CONTENT_LENGTH'],
  ['a large trailer', `0\r\nA: ${'b'.repeat(1024 * 1024)}`, 'HEADER_OVERFLOW'],
];

suite('an invalid response', (test) => {
  const ok = 'HTTP/1.1 200 OK\r\n';
  for (const [title, answer, code] of [
    ...refused,
    ...headers.map(([title, text, code]) => [title, `${ok}${text}\r\n\r\n`, code] as const),
    ...informationals.map(
      ([title, text, code]) =>
        [`an informational response ${title}`, `${text}\r\n\r\n${ok}\r\n`, code] as const,
    ),
  ])
    test(`is rejected: ${title}`, () => {
      const expected = { body: '', end: `HPE_${code}` };
      assert.equal(readByUs([Buffer.from(answer, 'latin1')], 'GET'), expected);
    });
  for (const [title, rest, code] of broken)
    test(`is rejected within its body: ${title}`, () => {
      const answer = Buffer.from(`${ok}${encoding}chunked\r\n\r\n${rest}`, 'latin1');
      assert.is(readByUs([answer], 'GET').end, `HPE_${code}`);
    });
});
