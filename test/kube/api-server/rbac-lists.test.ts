import * as assert from 'uvu/assert';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../src/kube/api-server/api-server-failure.ts';
import {
  listRbac,
  listRbacOrNamed,
  listReferrers,
} from '../../../src/kube/api-server/rbac-lists.ts';
import { binding, role, roleBinding, rule } from '../../kit/rbac.ts';
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

  for (const [title, status, bindings, expected] of [
    [
      'read ClusterRoles by name if the caller may not list them',
      403,
      [binding('b', 'r', [])],
      ['r'],
    ],
    ['are denied if no ClusterRole can be read by name either', 403, [], 403],
    ['do not read ClusterRoles by name after another failure', 500, [binding('b', 'r', [])], 500],
  ] as const)
    test(title, async () => {
      const apiServer = {
        list: async (path: string) => {
          if (path.endsWith('/clusterroles')) throw new ApiServerFailure(status, 'X', 'no');
          return path.endsWith('/clusterrolebindings') ? bindings : [];
        },
        find: async () => role('r', [rule('nodes/stats')]),
      } as unknown as ApiServer;
      const found = await listRbacOrNamed(apiServer, () => true).then(
        ({ clusterRoles }) => clusterRoles.map(({ metadata }) => metadata.name),
        (error: unknown) => error instanceof ApiServerFailure && error.status,
      );
      assert.equal(found, expected);
    });

  test('give the binding of a ClusterRole, not of a Role with the same name', async () => {
    const namespaced = [
      roleBinding('dev', 'a', { kind: 'Role', name: 'r' }, []),
      roleBinding('dev', 'b', { name: 's' }, []),
    ];
    const list = async (path: string) => (path.endsWith('/rolebindings') ? namespaced : []);
    const referrers = await listReferrers({ list } as unknown as ApiServer);
    assert.equal([...referrers], [['s', 'RoleBinding dev/b']]);
  });
});
