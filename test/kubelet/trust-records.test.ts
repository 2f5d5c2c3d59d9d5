import * as assert from 'uvu/assert';
import {
  formatTrustRecord,
  parseTrustFile,
  type TrustLine,
  TrustRecords,
  trustFileHead,
} from '../../src/kubelet/trust-records.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';

const fingerprint = Array(32).fill('AB').join(':');
const other = Array(32).fill('CD').join(':');
const ca = '0123456789abcdef'.repeat(4);
const record = { kubelet: 'node-1', server: 'https://10.0.0.1:6443', ca, fingerprint };
const line = `node-1 https://10.0.0.1:6443 ca:${ca} SHA256:${fingerprint}`;

const printable = fc.stringMatching(/^[\x21-\x7e]{1,40}$/).filter((text) => !text.startsWith('#'));
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const records = fc.record({
  kubelet: printable,
  server: fc.oneof(
    fc.constant('-'),
    printable.map((rest) => `https://${rest}`),
  ),
  ca: fc.oneof(fc.constant('none'), digest),
  fingerprint: digest.map((text) => (text.match(/../g) ?? []).join(':').toUpperCase()),
});

suite('records of trust files', (test) => {
  test('are one line each', () => assert.is(formatTrustRecord(record), line));

  test('are read as they were written, with the numbers of their lines', () =>
    fc.assert(
      fc.property(fc.array(records), (written) => {
        const text = trustFileHead + written.map((each) => `${formatTrustRecord(each)}\n`).join('');
        assert.equal(parseTrustFile(text), {
          records: written.map((each, index) => ({ ...each, line: index + 3 })),
        });
      }),
    ));

  test('may stand between comments and empty lines, with blanks and line ends of Windows', () => {
    const text = `# one\r\n\r\n  ${line.replaceAll(' ', ' \t ')}  \r\n   # two\n${line}`;
    assert.equal(parseTrustFile(text), {
      records: [
        { ...record, line: 3 },
        { ...record, line: 5 },
      ],
    });
  });

  for (const [title, damaged] of [
    ['half a line', line.slice(0, 60)],
    ['a fingerprint that is cut', line.slice(0, -1)],
    ['two records in a line', `${line} ${line}`],
    ['something behind a record', `${line} # today`],
    ['no CA', line.replace(`ca:${ca} `, '')],
    ['a CA without its prefix', line.replace('ca:', '')],
    ['a server that is no URL', line.replace('https://', '')],
    ['letters that look alike', line.replace('node', 'n\u043ede')],
    ['binary', '\u0000\u0001'],
  ] as const)
    test(`are an error with the number of the line: ${title}`, () =>
      assert.equal(parseTrustFile(`${line}\n\n${damaged}\n${line}\n`), { damaged: 3 }));

  test('are those of one kubelet of one cluster', () => {
    const { records: all } = parseTrustFile(
      [line, line.replaceAll(fingerprint, other), line.replace('node-1', 'node-10')].join('\n'),
    ) as { records: readonly TrustLine[] };
    const byKubelet = new TrustRecords(all);
    assert.equal(
      byKubelet.of(record).map((each) => [each.line, each.fingerprint]),
      [
        [1, fingerprint],
        [2, other],
      ],
    );
    for (const elsewhere of [{ server: 'https://10.0.0.2:6443' }, { ca: 'none' }])
      assert.equal(byKubelet.of({ ...record, ...elsewhere }), []);
  });
});
