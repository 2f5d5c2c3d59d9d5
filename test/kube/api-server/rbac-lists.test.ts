import * as assert from 'uvu/assert';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { listRbac } from '../../../src/kube/api-server/rbac-lists.ts';
import { suite } from '../../kit/suite.ts';

suite('lists of roles and bindings', (test) => {
  test('fail with the same denial in any order of the responses', async () => {
    const delays = [30, 0, 10];
    const list = async (path: string): Promise<never> => {
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
      throw new Error(`no ${path.split('/').at(-1)}`);
    };
    const apiServer = { list, listNoted: list } as unknown as ApiServer;
    const message = await listRbac(apiServer).catch((error: unknown) => String(error));
    assert.is(message, 'Error: no clusterroles');
  });
});
