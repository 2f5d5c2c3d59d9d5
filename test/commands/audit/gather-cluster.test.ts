import * as assert from 'uvu/assert';
import { gatherAudit } from '../../../src/commands/audit/gather.ts';
import { Failure, Interrupted, NodeNotFound } from '../../../src/errors.ts';
import type { ApiServer } from '../../../src/kube/api-server/api-server.ts';
import { ApiServerFailure } from '../../../src/kube/api-server/api-server-failure.ts';
import type { Listed } from '../../../src/kube/api-server/list-pages.ts';
import { TransportError } from '../../../src/kube/transport/error.ts';
import { usualRules } from '../../../src/kubelet/audit-rules.ts';
import { suite } from '../../kit/suite.ts';

type Lists = Readonly<Record<'nodes' | 'clusterroles' | 'clusterrolebindings', Error | undefined>>;

const fine: Lists = { nodes: undefined, clusterroles: undefined, clusterrolebindings: undefined };
const dropped = new Failure('cannot reach the API server: the connection was cut', {
  cause: new TransportError('body', 'ECONNRESET'),
});
const rejected = new ApiServerFailure(401, 'Unauthorized', '');
const refused = new ApiServerFailure(403, 'Forbidden', 'no');

/** Audits a cluster that has no nodes. Its API server answers the lists in `failing` with an error. */
function audit(failing: Partial<Lists>, names: readonly string[] = []) {
  const lists: Lists = { ...fine, ...failing };
  const answer = <T>(path: string, value: T): Promise<T> => {
    const error = lists[path.split('/').find((part) => part in lists) as keyof Lists];
    return error ? Promise.reject(error) : Promise.resolve(value);
  };
  const apiServer: Partial<ApiServer> = {
    get: <T>(path: string) => answer(path, {} as T),
    list: <T>(path: string) => answer<readonly T[]>(path, []),
    listReadable: <T>(path: string) => answer<Listed<T>>(path, { items: [], unread: [] }),
    listNoted: <T>(path: string) => answer<Listed<T>>(path, { items: [], unread: [] }),
  };
  const none = { unknown: 'none' };
  return gatherAudit(
    apiServer as ApiServer,
    { caller: none, anonymous: { verifying: none, trusting: {} as never } },
    {
      timeoutMs: 1000,
      parallel: 1,
      types: ['InternalIP'],
      port: undefined,
      choice: { names, selector: '', role: '' },
      rules: usualRules,
      progress: () => {},
    },
    new AbortController().signal,
  );
}

const found = { found: [] };
const rbac = { found: { roles: [], bindings: [], unread: [] } };
const rbacRight = 'list clusterroles and clusterrolebindings of rbac.authorization.k8s.io';

suite('lists of nodes and RBAC objects that audit reads', (test) => {
  const cases: readonly [title: string, failing: Partial<Lists>, expected: object][] = [
    ['all lists are readable', {}, { nodes: found, rbac }],
    [
      'the caller may not list nodes',
      { nodes: refused },
      { nodes: { unknown: 'no', needs: 'list nodes' }, rbac },
    ],
    [
      'the caller may not list bindings',
      { clusterrolebindings: refused },
      { nodes: found, rbac: { unknown: 'no', needs: rbacRight } },
    ],
    [
      'the API server fails to list nodes and roles',
      {
        nodes: new ApiServerFailure(500, 'InternalError', 'etcd\nis away'),
        clusterroles: new ApiServerFailure(503, '', 'b'),
      },
      {
        nodes: { unknown: 'the API server answered 500: etcd is away' },
        rbac: { unknown: 'the API server answered 503: b' },
      },
    ],
    [
      'the connection is cut while nodes are read',
      { nodes: dropped },
      { nodes: { unknown: dropped.message }, rbac },
    ],
    [
      'an interrupt comes while nodes are read',
      { nodes: new Interrupted() },
      { nodes: { unknown: 'interrupted' }, rbac },
    ],
  ];
  for (const [title, failing, expected] of cases)
    test(`become facts, and each failed list becomes a reason, if ${title}`, async () =>
      assert.equal(await audit(failing), {
        ...{ ...expected, running: new Map() },
        serverVersion: { unknown: 'no selected rule needs it' },
      }));

  const ends: readonly [title: string, failing: Partial<Lists>, error: Error][] = [
    ['the API server cannot be reached', { nodes: dropped, clusterroles: dropped }, dropped],
    [
      'the API server rejects the credential',
      { nodes: rejected, clusterroles: rejected },
      rejected,
    ],
  ];
  for (const [title, failing, error] of ends)
    test(`end the audit if ${title}`, async () => {
      const thrown = await audit(failing).catch((reason: unknown) => reason);
      assert.is(thrown, error);
    });

  test('end the audit if a named node does not exist', async () => {
    const failing = { nodes: new ApiServerFailure(404, 'NotFound', 'gone') };
    const thrown = await audit(failing, ['node-9']).catch((reason: unknown) => reason);
    assert.instance(thrown, NodeNotFound);
  });
});
