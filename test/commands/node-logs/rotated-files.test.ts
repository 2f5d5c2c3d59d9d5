import * as assert from 'uvu/assert';
import {
  namesInListing,
  rotatedAfter,
  rotatedFiles,
} from '../../../src/commands/node-logs/rotated-files.ts';
import { suite } from '../../kit/suite.ts';

const names = (name: string, all: readonly string[]) =>
  rotatedFiles(name, all).map((file) => file.name);

suite('rotated files', (test) => {
  test('are found by number, date or time, the newest first', () => {
    assert.equal(
      names('syslog', ['syslog', 'syslog.10.gz', 'syslog.2.gz', 'syslog.1', 'syslogd.1', 'mail.1']),
      ['syslog.1', 'syslog.2.gz', 'syslog.10.gz'],
    );
    assert.equal(
      names('app.log', ['app-20260102.log', 'app.log-20260103.gz', 'app-x.log', 'app.1.log']),
      ['app.1.log', 'app.log-20260103.gz', 'app-20260102.log'],
    );
    assert.equal(
      names('0.log', ['0.log', '1.log', '0.log.20260102-150405', '0.log.20260101-150405.gz']),
      ['0.log.20260102-150405', '0.log.20260101-150405.gz'],
    );
    assert.equal(names('audit.log', ['audit-2026-01-02T15-04-05.000.log', 'audit.log']), [
      'audit-2026-01-02T15-04-05.000.log',
    ]);
  });

  test('are listed once while they are compressed, and up to a limit', () => {
    assert.equal(names('a', ['a.1', 'a.1.gz']), ['a.1']);
    assert.is(
      names(
        'a',
        Array.from({ length: 100 }, (_, index) => `a.${index + 1}`),
      ).length,
      20,
    );
  });

  test('are listed after a given file only if they have the same kind of suffix', () => {
    const files = rotatedFiles('a', ['a.1', 'a.2', 'a.3', 'a.20260101', 'a.20260102']);
    const after = (name: string) =>
      files
        .filter((file) => file.name === name)
        .flatMap((file) => rotatedAfter(file, files).map((each) => each.name));
    assert.equal(after('a.3'), ['a.2', 'a.1']);
    assert.equal(after('a.1'), []);
    assert.equal(after('a.20260101'), ['a.20260102']);
  });

  test("are read from Go's listing, but only inside its folder", () => {
    const html =
      '<pre>\n<a href="a%20b">a b</a>\n<a href="./x:y">x:y</a>\n<a href="q%3Fu.log">q?u</a>\n<a href="a&amp;b">a&amp;b</a>\n<a href="pods/">pods/</a>\n<a href="..%2Fetc">x</a>\n<a href="%zz">x</a>\n</pre>';
    assert.equal(namesInListing(html), ['a b', 'x:y', 'q?u.log', 'a&b', 'pods/', '%zz']);
  });
});
