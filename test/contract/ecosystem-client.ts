import {
  AuthenticationV1Api,
  AuthorizationV1Api,
  CertificatesV1Api,
  CoreV1Api,
  RbacAuthorizationV1Api,
  VersionApi,
} from '@kubernetes/client-node/dist/gen/index.js';
import { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';
import * as assert from 'uvu/assert';
import { clientConfig } from '../kit/api-client.ts';
import { suite } from '../kit/suite.ts';
import type { World } from './world.ts';

const apiGroup = 'rbac.authorization.k8s.io';

export function ecosystemClient(world: World): void {
  const config = clientConfig(world.server, { ...world.admin, ca: world.ca });

  suite(`${world.title}: @kubernetes/client-node`, (test) => {
    test('reads the version', async () => {
      const { major, minor } = await config.makeApiClient(VersionApi).getCode();
      assert.is(`${major}.${minor}`, `1.${world.minor}`);
    });

    test('lists and reads nodes with the fields that the types of the package declare', async () => {
      const core = config.makeApiClient(CoreV1Api);
      const { items } = await core.listNode({ limit: 1 });
      const [{ metadata: { name = '' } = {} } = {}] = items;
      const node = await core.readNode({ name });
      assert.is(node.kind, 'Node');
      assert.is(typeof node.status?.daemonEndpoints?.kubeletEndpoint?.Port, 'number');
      assert.ok(node.status?.nodeInfo?.kubeletVersion);
      assert.ok(node.status?.addresses?.some(({ type }) => type === 'InternalIP'));
    });

    test('reads a pod', async () => {
      const core = config.makeApiClient(CoreV1Api);
      const { metadata, spec } = await core.readNamespacedPod({
        namespace: 'default',
        name: 'web',
      });
      assert.is(metadata?.name, 'web');
      assert.ok(spec?.containers[0]?.name);
    });

    test('creates, reads, replaces and deletes a ClusterRole and its binding', async () => {
      const rbac = config.makeApiClient(RbacAuthorizationV1Api);
      const name = 'ecosystem-client';
      const rules = [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }];
      const made = await rbac.createClusterRole({ body: { metadata: { name }, rules } });
      assert.instance(made.metadata?.creationTimestamp, Date);
      try {
        await rbac.createClusterRoleBinding({
          body: {
            metadata: { name },
            roleRef: { apiGroup, kind: 'ClusterRole', name },
            subjects: [{ apiGroup, kind: 'User', name: 'nobody' }],
          },
        });
        const wider = [...rules, { nonResourceURLs: ['/metrics'], verbs: ['get'] }];
        await rbac.replaceClusterRole({ name, body: { ...made, rules: wider } });
        const found = await rbac.readClusterRole({ name });
        assert.is(JSON.stringify(found.rules), JSON.stringify(wider));
        // `made` has the resourceVersion from before the replacement, so that the API server answers 409.
        assert.is(await codeOf(rbac.replaceClusterRole({ name, body: made })), 409);
        assert.is(await codeOf(rbac.createClusterRole({ body: { metadata: { name } } })), 409);
        const { items } = await rbac.listClusterRoleBinding();
        assert.ok(items.some(({ metadata }) => metadata?.name === name));
      } finally {
        await rbac.deleteClusterRoleBinding({ name });
        await rbac.deleteClusterRole({ name });
      }
      assert.is(await codeOf(rbac.readClusterRole({ name })), 404);
    });

    test('creates and deletes an object whose kind it finds by discovery', async () => {
      const api = KubernetesObjectApi.makeApiClient(config);
      const metadata = { name: 'ecosystem-object' };
      const role = { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata, rules: [] };
      await api.create(role);
      await api.delete(role);
      assert.is(await codeOf(api.read(role)), 404);
    });

    test('creates a SubjectAccessReview and a SelfSubjectReview', async () => {
      const { status } = await config.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
        body: {
          spec: {
            user: 'nobody',
            resourceAttributes: { resource: 'nodes', subresource: 'proxy', verb: 'get' },
          },
        },
      });
      assert.is(status?.allowed, false);
      const self = await config
        .makeApiClient(AuthenticationV1Api)
        .createSelfSubjectReview({ body: {} });
      assert.ok(self.status?.userInfo?.groups?.includes('system:authenticated'));
    });

    test('lists certificate signing requests', async () => {
      const { items } = await config
        .makeApiClient(CertificatesV1Api)
        .listCertificateSigningRequest();
      for (const { spec } of items) assert.ok(spec.signerName);
    });
  });
}

async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  try {
    await failing;
    return 'no failure';
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}
