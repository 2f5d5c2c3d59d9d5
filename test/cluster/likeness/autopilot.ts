import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as kit from '../../kit/rbac.ts';
import { minorNumber } from '../versions.ts';
import { bind } from './bind.ts';
import type { Blueprint, Making } from './blueprint.ts';
import { asCloud, webhookConfig } from './cloud.ts';

const user = 'kube-apiserver';

/** GKE Autopilot: an authorizer before RBAC, and the role and binding of the add-on manager. */
export const asAutopilot: Partial<Blueprint> = {
  ...asCloud,
  kubeletClient: { commonName: user },
  prepare: async (making) => ({
    ...(await asCloud.prepare?.(making)),
    'authorization-mode': undefined,
    'authorization-config': await authorizationConfig(making),
  }),
  furnish: async (cluster) => {
    await asCloud.furnish?.(cluster);
    await bind(
      cluster,
      {
        name: 'kube-apiserver-kubelet-api-admin',
        role: 'kubelet-api-admin',
        subject: kit.user(user),
        labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' },
      },
      [kit.pairRule],
    );
  },
};

async function authorizationConfig(making: Making): Promise<string> {
  const path = join(making.directory, 'authorization.json');
  const webhook = {
    timeout: '3s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy: 'Deny',
    authorizedTTL: '1s',
    unauthorizedTTL: '1s',
    connectionInfo: {
      type: 'KubeConfigFile',
      kubeConfigFile: await webhookConfig(making, 'authorize'),
    },
    matchConditions: [
      {
        expression:
          "has(request.resourceAttributes) && request.resourceAttributes.resource == 'nodes' && request.resourceAttributes.subresource == 'proxy'",
      },
    ],
  };
  const version = minorNumber(making.minor) >= 32 ? 'v1' : 'v1beta1';
  await writeFile(
    path,
    JSON.stringify({
      apiVersion: `apiserver.config.k8s.io/${version}`,
      kind: 'AuthorizationConfiguration',
      authorizers: [
        { type: 'Node', name: 'node' },
        { type: 'Webhook', name: 'warden', webhook },
        { type: 'RBAC', name: 'rbac' },
      ],
    }),
  );
  return path;
}
