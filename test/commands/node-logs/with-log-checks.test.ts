import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { withLogChecks } from '../../../src/commands/node-logs/follow/with-log-checks.ts';
import type { LogRequest } from '../../../src/commands/node-logs/log-request.ts';
import type { Kubelet } from '../../../src/kube/kubelet-client/client.ts';
import { suite } from '../../kit/suite.ts';

suite('read logs', (test) => {
  for (const status of [404, 503])
    test(`what refuses the last lines of a file is an answer, unread: ${status}`, async () => {
      const answer = { status, headers: {}, body: Readable.from(['no']) };
      const kubelet = { send: () => Promise.resolve(answer) } as unknown as Kubelet;
      const log = { kind: 'file', tail: 3 } as unknown as LogRequest;
      const { signal } = new AbortController();
      const checked = withLogChecks(log, signal)(kubelet);
      const got = await checked.send({ method: 'GET', path: '/logs/x' });
      assert.is(got, answer);
    });
});
