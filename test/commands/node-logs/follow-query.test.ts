import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { followQuery } from '../../../src/commands/node-logs/follow/follow-query.ts';
import { Failure, Interrupted } from '../../../src/errors.ts';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { bodyOf } from '../../kit/body.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { formatEntry } from '../../sandbox/log-query.ts';
import type { JournalEntry, NodeLogs } from '../../sandbox/node-logs.ts';
import { following } from './following.ts';

const path = '/logs/?query=kubelet';

/** Start of the sandbox's journal, a minute ago, in µs since 1970. */
const startUs = (Math.floor(Date.now() / 1000) - 60) * 1_000_000;
const entry = (seconds: number, message: string, unit = 'kubelet'): JournalEntry => ({
  atUs: startUs + Math.round(seconds * 1e6),
  unit,
  message,
});
const print = (entries: readonly JournalEntry[]) => entries.map(formatEntry).join('');

function followJournal(
  use: Parameters<typeof following>[2],
  {
    query = path,
    before = (logs: NodeLogs) => {
      logs.journal.push(entry(1, 'one'));
    },
    via = 'direct' as const,
  }: {
    query?: string;
    before?: (logs: NodeLogs) => void;
    via?: 'direct' | 'apiserver';
  } = {},
) {
  return following(
    { via, before },
    (kubelet, settings) => followQuery(kubelet, { method: 'GET', path: query }, settings),
    use,
  );
}

concurrentSuite('node-logs -f of a log query', (test) => {
  for (const via of ['direct', 'apiserver'] as const)
    test(`prints existing entries and then new entries, once (${via})`, () =>
      followJournal(
        async ({ logs: { journal }, until, polls, text }) => {
          await until((shown) => shown.includes('one'));
          await polls(3);
          journal.push(entry(1.5, 'two\nand its second line'), entry(1.5, 'other', 'crio'));
          await until((shown) => shown.includes('second line'));
          await polls(3);
          journal.push(entry(9, 'three'));
          await until((shown) => shown.includes('three'));
          await polls(3);
          assert.is(text(), print(journal.filter(({ unit }) => unit === 'kubelet')));
        },
        { via },
      ));

  test('prints equal lines with the same time as often as they occur', () =>
    followJournal(async ({ logs: { journal }, until, polls, text }) => {
      journal.push(entry(2, 'same'), entry(2, 'same'));
      await until((shown) => shown.split('same').length === 3);
      journal.push(entry(2, 'same'));
      await until((shown) => shown.split('same').length === 4);
      await polls(3);
      assert.is(text(), print(journal));
    }));

  test('prints every line once and in order, whatever entries arrive at any time', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('wait'), fc.double({ min: 0, max: 3, noNaN: true })), {
          maxLength: 20,
        }),
        fc.constantFrom(0, 60, 540, 345, -300, -720, -570),
        fc.constantFrom('', '&tailLines=1', '&tailLines=0', '&tailLines=3&pattern=.'),
        (steps, zoneMinutes, more) =>
          followJournal(
            async ({ logs: { journal }, until, polls, text }) => {
              await polls(2);
              const old = 3;
              let seconds = 1;
              for (const step of steps) {
                if (typeof step === 'number') {
                  seconds += step;
                  journal.push(entry(seconds, `after ${step}`));
                } else await polls(3);
              }
              journal.push(entry(seconds + 1, 'last'));
              await until((shown) => shown.includes('last'));
              await polls(3);
              const tail = /tailLines=(\d)/.exec(more)?.[1];
              assert.is(text(), print(journal.slice(tail === undefined ? 0 : old - Number(tail))));
            },
            {
              query: path + more,
              before: (logs) => {
                logs.zoneMinutes = zoneMinutes;
                logs.journal.push(entry(0.1, 'a'), entry(0.2, 'b'), entry(0.2, 'b'));
              },
            },
          ),
      ),
      runs(25, 500),
    ));

  test('does not repeat old entries of a node whose local time is ahead', () =>
    followJournal(
      async ({ logs: { journal }, until, polls, text }) => {
        await until((shown) => shown.includes('300'));
        await polls(3);
        journal.push(entry(301, 'last'));
        await until((shown) => shown.includes('last'));
        await polls(3);
        assert.is(text(), print(journal));
      },
      {
        before: (logs) => {
          logs.zoneMinutes = 540;
          for (const seconds of [0, 100, 200, 300]) logs.journal.push(entry(seconds, `${seconds}`));
        },
      },
    ));

  test('prints entries of a journal that is empty at first', () =>
    followJournal(
      async ({ logs: { journal }, polls, until, text }) => {
        await polls(2);
        journal.push(entry(5, 'hello'));
        await until((shown) => shown.includes('hello'));
        await polls(3);
        assert.is(text(), print(journal.slice(1)));
      },
      { query: `${path}&sinceTime=${new Date(startUs / 1000 + 3000).toISOString()}&tailLines=1` },
    ));

  test('continues if the journal loses printed entries', () =>
    followJournal(async ({ logs: { journal }, until, polls, text }) => {
      await until((shown) => shown.includes('one'));
      const before = text();
      journal.splice(0, 1, entry(1, 'x', 'kubelet'));
      journal.pop();
      journal.push(entry(30, 'two'));
      await until((shown) => shown.includes('two'));
      await polls(3);
      assert.is(text(), before + print(journal));
    }));

  test("changes only the time and the number of lines in the user's query", () =>
    followJournal(
      async ({ until, polls, sandbox }) => {
        await until((shown) => shown.includes('one'));
        await polls(2);
        const [first, second] = sandbox.kubelets[0]?.requests ?? [];
        assert.is(first, 'GET /logs/?query=kube%6Cet&tailLines=5&pattern=%6F');
        assert.match(
          second ?? '',
          /^GET \/logs\/\?query=kube%6Cet&pattern=%6F&sinceTime=2\d{3}-[^.]*Z$/,
        );
      },
      { query: '/logs/?query=kube%6Cet&tailLines=5&pattern=%6F' },
    ));

  test('fails if the body contains an error of the kubelet', async () => {
    for (const [query, expected] of [
      ['?query=nope', /could not answer GET \/logs\/\?query=nope: log not found for nope$/],
      ['?query=app&tailLines=3', /: options present and query resolved to log files for \[app\]$/],
      ['?query=kubelet&query=nope', /: log not found for nope$/],
    ] as const)
      await followJournal(
        async ({ ended, text }) => {
          assert.match(((await ended) as Error).message, expected);
          assert.is(text(), query.includes('kubelet') ? print([entry(1, 'one')]) : '');
        },
        {
          query: `/logs/${query}`,
          before: (logs) => {
            logs.journal.push(entry(1, 'one'));
            writeFileSync(join(logs.folder, 'app.log'), 'a line\n');
          },
        },
      );
  });

  test('reorders the last lines that match a pattern, and fails for more than 32 MiB of such lines', async () => {
    const line = print([entry(1, 'x'.repeat(1_000_000))]);
    const answering = (query: string, count: number) => {
      const body = Readable.from(
        (function* () {
          for (let index = 0; index < count; index += 1) yield Buffer.from(line);
        })(),
      );
      const kubelet = {
        label: 'kubelet of node-1',
        send: () => Promise.resolve({ status: 200, headers: {}, body: bodyOf(body) }),
      } as unknown as Kubelet;
      const settings = { pollMs: 5, signal: new AbortController().signal, report: () => {} };
      return followQuery(kubelet, { method: 'GET', path: `${path}${query}` }, settings);
    };
    const plain = answering('&tailLines=100', 100);
    assert.is((await plain.next()).value?.length, line.length);
    const held = answering('&tailLines=100&pattern=x', 100).next();
    assert.match(
      String(await held.catch((error: unknown) => (error as Error).message)),
      /^the kubelet of node-1 sent more than 32 MiB of last lines that match --grep$/,
    );
  });

  test('prints an entry once and completely if an answer breaks off within it', async () => {
    const whole = print([entry(1, 'one\nand its second line')]);
    const failure = new Failure('reset', { cause: new TransportError('body', 'ECONNRESET') });
    const stop = new AbortController();
    let asked = 0;
    const kubelet = {
      label: 'kubelet',
      send: () => {
        asked += 1;
        if (asked > 5) stop.abort();
        const isBroken = asked === 2;
        const body = Readable.from(
          (function* () {
            if (asked > 1)
              yield Buffer.from(isBroken ? whole.slice(0, whole.indexOf('\n') + 1) : whole);
            if (isBroken) throw failure;
          })(),
        );
        return Promise.resolve({ status: 200, headers: {}, body: bodyOf(body) });
      },
      broken: () => failure,
    } as unknown as Kubelet;
    const settings = { pollMs: 5, signal: stop.signal, report: () => {} };
    let text = '';
    try {
      for await (const chunk of followQuery(kubelet, { method: 'GET', path }, settings))
        text += chunk.toString();
    } catch (error) {
      assert.instance(error, Interrupted);
    }
    assert.ok(asked > 5);
    assert.is(text, whole);
  });
});
