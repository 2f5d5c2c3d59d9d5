import {
  appendFileSync,
  copyFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { followFile } from '../../../src/commands/node-logs/follow/follow-file.ts';
import { Interrupted } from '../../../src/errors.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { type Following, following } from './following.ts';

const request = { method: 'GET', path: '/logs/app.log' };

interface Log extends Following {
  /** Returns the path of the file, or of another file beside it. */
  path(name?: string): string;
}

function followLog(
  use: (log: Log) => Promise<void>,
  {
    first = 'one\n',
    tail,
    via = 'direct' as const,
  }: { first?: string; tail?: number; via?: 'direct' | 'apiserver' } = {},
) {
  return following(
    { via, before: ({ folder }) => writeFileSync(join(folder, 'app.log'), first) },
    (kubelet, settings) => followFile(kubelet, request, { ...settings, tail }),
    (log) => use({ ...log, path: (name = 'app.log') => join(log.logs.folder, name) }),
  );
}

concurrentSuite('node-logs -f of a file', (test) => {
  for (const via of ['direct', 'apiserver'] as const)
    test(`prints the contents and then appended lines, once (${via})`, () =>
      followLog(
        async ({ path, polls, until, text, told }) => {
          await until((shown) => shown === 'one\n');
          appendFileSync(path(), 'two\nth');
          await until((shown) => shown.endsWith('th'));
          await polls(3);
          appendFileSync(path(), 'ree\n');
          await until((shown) => shown.endsWith('ree\n'));
          await polls(3);
          assert.is(text(), 'one\ntwo\nthree\n');
          assert.equal(told, []);
        },
        { via },
      ));

  test('requests only a few bytes over one connection while nothing is new', () =>
    followLog(
      async ({ polls, text, sandbox }) => {
        await polls(5);
        assert.is(text().length, 500_000);
        assert.ok(
          (sandbox.kubelets[0]?.requests ?? []).every((line) => line === 'GET /logs/app.log'),
        );
      },
      { first: 'x'.repeat(500_000) },
    ));

  test('keeps reading a renamed file while its writer still uses it', () =>
    followLog(async ({ path, until, text, polls }) => {
      await until((shown) => shown === 'one\n');
      renameSync(path(), path('app.log.1'));
      await polls(4);
      appendFileSync(path('app.log.1'), 'two\n');
      await until((shown) => shown.endsWith('two\n'));
      writeFileSync(path(), '');
      await polls(4);
      appendFileSync(path('app.log.1'), 'three\n');
      writeFileSync(path(), 'four\n');
      await until((shown) => shown.endsWith('four\n'));
      await polls(3);
      assert.is(text(), 'one\ntwo\nthree\nfour\n');
    }));

  test('survives several rotations between two requests: numbered, dated, and compressed', async () => {
    for (const [older, newer] of [
      ['app.log.2', 'app.log.1'],
      ['app.log.2.gz', 'app.log.1'],
      ['app.log.2.gz', 'app.log.1.gz'],
      ['app-2026-01-02T15-04-05.000.log', 'app-2026-01-02T15-04-06.000.log'],
      ['app.log.20260102-150405.gz', 'app.log.20260102-150406'],
    ] as const)
      await followLog(async ({ path, until, text, told, polls }) => {
        const write = (name: string, content: string) =>
          writeFileSync(path(name), name.endsWith('.gz') ? gzipSync(content) : content);
        await until((shown) => shown === 'one\n');
        rmSync(path());
        await polls(4);
        write('app.log.7', 'old\n');
        write('app.log.20250102-150405', 'old\n');
        write(newer, 'three\n');
        write(older, 'one\ntwo\n');
        writeFileSync(path(), 'four\n');
        await until((shown) => shown.endsWith('four\n'));
        assert.is(text(), 'one\ntwo\nthree\nfour\n', older);
        assert.equal(told, [`note: /logs/app.log was rotated: /logs/${newer} is read to its end`]);
      });
  });

  test('survives another rotation while the new file is being opened', () => {
    let folder = '';
    let listings = 0;
    return following(
      {
        before: (logs) => {
          ({ folder } = logs);
          writeFileSync(join(folder, 'app.log'), 'one\n');
        },
      },
      (kubelet, settings) => {
        const send: typeof kubelet.send = async (sent) => {
          const answer = await kubelet.send(sent);
          if (sent.path === '/logs/' && ++listings === 2) {
            renameSync(join(folder, 'app.log'), join(folder, 'app.log-20260103'));
            writeFileSync(join(folder, 'app.log'), 'three\n');
          }
          return answer;
        };
        const watched = Object.assign(Object.create(kubelet) as typeof kubelet, { send });
        return followFile(watched, request, { ...settings, tail: undefined });
      },
      async ({ until, text, polls }) => {
        await until((shown) => shown === 'one\n');
        renameSync(join(folder, 'app.log'), join(folder, 'app.log-20260102'));
        writeFileSync(join(folder, 'app.log'), 'two\n');
        await until((shown) => shown.endsWith('three\n'));
        await polls(3);
        assert.is(text(), 'one\ntwo\nthree\n');
      },
    );
  });

  test('survives a rotation by copying and truncating the file', () =>
    followLog(async ({ path, until, text, told, polls }) => {
      await until((shown) => shown === 'one\n');
      appendFileSync(path(), 'two\n');
      copyFileSync(path(), path('app.log.1'));
      truncateSync(path());
      await until((shown) => shown.endsWith('two\n'));
      await polls(5);
      appendFileSync(path(), 'three\n');
      await until((shown) => shown.endsWith('three\n'));
      assert.is(text(), 'one\ntwo\nthree\n');
      // Ignores notes about a response that the truncation cut off.
      const rotated = told.filter((line) => !/trying again$|answers again$/.test(line));
      assert.is(rotated.length, 1);
    }));

  test('warns if the rest of the old file is not found, and prints the new file from its start', () =>
    followLog(async ({ path, until, text, told }) => {
      await until((shown) => shown === 'one\n');
      writeFileSync(path('app.log.1'), 'something else\n');
      writeFileSync(path(), 'new\n');
      await until((shown) => shown.endsWith('new\n'));
      assert.is(text(), 'one\nnew\n');
      assert.equal(told, [
        'warning: /logs/app.log was replaced or truncated, and the rest of the old file was not found: lines may be missing',
      ]);
    }));

  test('prints every line once and in order for any sequence of writes, rotations and compressions', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 4, arbitrary: fc.constant('append' as const) },
            fc.constantFrom('rename' as const, 'create' as const, 'copy' as const),
            { weight: 3, arbitrary: fc.constant('wait' as const) },
          ),
          { maxLength: 25 },
        ),
        (steps) =>
          followLog(async ({ path, until, text, polls, told }) => {
            await until((shown) => shown === 'one\n');
            let expected = 'one\n';
            let rotations = 0;
            const rotated = () => path(`app.log.20260102-${String(100_000 + rotations++)}`);
            const append = () => {
              const line = `line ${expected.length}\n`;
              expected += line;
              appendFileSync(path(), line);
            };
            for (const step of steps) {
              if (step === 'wait') await polls(2);
              if (step === 'append') append();
              if (step === 'create') {
                renameSync(path(), rotated());
                writeFileSync(path(), '');
                append();
              }
              if (step === 'rename') {
                renameSync(path(), rotated());
                append();
              }
              if (step === 'copy') {
                copyFileSync(path(), rotated());
                truncateSync(path());
                append();
              }
            }
            await until((shown) => shown.length >= expected.length);
            await polls(3);
            assert.is(text(), expected, told.join('\n'));
          }),
      ),
      runs(12, 240),
    ));

  test('begins at the last lines of --tail, also in large files and without a last line end', async () => {
    const numbered = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`).join('');
    for (const [first, tail, expected] of [
      ['a\nb\nc\n', 2, 'b\nc\n'],
      ['a\nb\nc', 2, 'b\nc'],
      ['a\nb\nc\n', 0, ''],
      ['a\nb\nc\n', 9, 'a\nb\nc\n'],
      ['', 5, ''],
      ['\n\n\n', 2, '\n\n'],
      [numbered, 99_000, numbered.slice(numbered.indexOf('line 1000\n'))],
      [numbered, 1, 'line 99999\n'],
    ] as const)
      await followLog(
        async ({ path, until, text, polls }) => {
          await until((shown) => shown === expected);
          await polls(2);
          appendFileSync(path(), 'more\n');
          await until((shown) => shown.endsWith('more\n'));
          assert.is(text(), `${expected}more\n`);
        },
        { first, tail },
      );
  });

  test('reports once that a kubelet does not answer for a while, and loses no line', () =>
    followLog(async ({ path, until, text, told, faults }) => {
      await until((shown) => shown === 'one\n');
      faults.add('cut-off');
      await until(() => told.length > 0);
      appendFileSync(path(), 'two\n');
      await new Promise((resolve) => setTimeout(resolve, 100));
      faults.delete('cut-off');
      await until((shown) => shown.endsWith('two\n'));
      assert.is(text(), 'one\ntwo\n');
      await until(() => told.length > 1);
      assert.match(
        told[0] ?? '',
        /^warning: the kubelet of node-1 .* with 500: .*; trying again$/s,
      );
      assert.match(told[1] ?? '', /^note: the kubelet of node-1 at \S+ answers again$/);
    }));

  test('ends at a failure at the start, or at a permanent failure', async () => {
    await following(
      {},
      (kubelet, settings) => followFile(kubelet, request, { ...settings, tail: undefined }),
      async ({ ended }) =>
        assert.match(String(await ended), /GET \/logs\/app\.log with 404: 404 page not found/),
    );
    // Even a failure that may be temporary ends following at the start, because the kubelet may not exist at all.
    await following(
      { nodes: ['stopped'] },
      (kubelet, settings) => followFile(kubelet, request, { ...settings, tail: undefined }),
      async ({ ended, told, until }) => {
        await Promise.race([ended, until(() => told.length > 0)]);
        assert.equal(told, []);
        assert.match(String(await ended), 'connection refused');
      },
    );
    await followLog(async ({ until, ended, faults }) => {
      await until((shown) => shown === 'one\n');
      faults.add('unauthorized');
      assert.match(String(await ended), /with 401: Unauthorized/);
    });
  });

  test('refuses to follow a folder', () =>
    following(
      {},
      (kubelet, settings) =>
        followFile(kubelet, { ...request, path: '/logs/pods' }, { ...settings, tail: undefined }),
      async ({ ended }) =>
        assert.match(String(await ended), /redirects \/logs\/pods: it is not a file/),
    ));

  test('ends with error Interrupted on an interrupt', async () => {
    let end: Promise<unknown> | undefined;
    await followLog(async ({ until, ended }) => {
      await until((shown) => shown === 'one\n');
      end = ended;
    });
    assert.instance(await end, Interrupted);
  });
});
