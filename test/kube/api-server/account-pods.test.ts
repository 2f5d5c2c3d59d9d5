import * as assert from 'uvu/assert';
import { readRunning } from '../../../src/kube/api-server/account-pods.ts';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { account } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';

suite('the pods of many accounts', (test) => {
  test('are listed for the first account alone, then for ten accounts at once', async () => {
    let open = 0;
    const opened: number[] = [];
    const list = async () => {
      open += 1;
      opened.push(open);
      await new Promise(setImmediate);
      open -= 1;
      return [];
    };
    const accounts = Array.from({ length: 15 }, (_, index) => account(`a${index}`, 'ns'));
    const running = await readRunning({ list } as unknown as ApiServer, accounts);
    assert.is(running.size, 15);
    const tens = Array.from({ length: 10 }, (_, index) => index + 1);
    assert.equal(opened, [1, ...tens, 1, 2, 3, 4]);
  });
});
