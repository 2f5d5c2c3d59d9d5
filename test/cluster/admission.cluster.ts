import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { leavingNothing } from '../contract/leaving-nothing.ts';
import { rbac, textOf } from '../contract/rbac.ts';
import { createAuthority } from '../kit/certificates.ts';
import { rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { listen } from '../sandbox/listen.ts';
import { currentCluster } from './current.ts';
import { bridgeAddress } from './network.ts';
import { realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const admissionApi = '/apis/admissionregistration.k8s.io/v1';
const rules = [
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['clusterroles'],
  },
];
const withoutNodeProxy =
  "!object.rules.exists(r, has(r.resources) && r.resources.exists(s, s == 'nodes/proxy'))";

interface Policy {
  readonly name: string;
  readonly reason?: string;
  readonly expression: string;
  readonly passes: boolean;
}

const policies: readonly Policy[] = [
  { name: 'invalid', expression: withoutNodeProxy, passes: true },
  { name: 'forbidden', reason: 'Forbidden', expression: withoutNodeProxy, passes: true },
  // This expression always ends with an error. The policy of AKS ended with the same error for rules without apiGroups.
  { name: 'broken', expression: 'object.rules.all(r, r.nosuch == 1)', passes: false },
];

const webhooks = [
  [
    'gatekeeper.test.example',
    '[no-node-proxy] nodes/proxy is not allowed',
    ' (policy no-node-proxy)',
  ],
  [
    'kyverno.test.example',
    '\n\nresource ClusterRole//x was blocked due to the following policies \n\nno-node-proxy:\n  rule: nodes/proxy\n',
    ' (policy no-node-proxy)',
  ],
  ['plain.test.example', undefined, ''],
] as const;

suite(`${cluster.version}: admission`, (each) => {
  const test = leavingNothing(world, each);

  for (const policy of policies)
    test(`grant and explain name a ValidatingAdmissionPolicy: ${policy.name}`, () =>
      withPolicy(policy, async () => {
        const title = `ValidatingAdmissionPolicy ${policy.name} (binding ${policy.name})`;
        await denies(title);
        const narrow = await world.tool(['grant', '--profile=metrics', '--subject=user:jane']);
        assert.is(narrow.code, policy.passes ? 0 : 1, textOf(narrow));
        await world.tool(['revoke', '--profile=metrics', '--subject=user:jane']);
      }));

  for (const [name, message, policy] of webhooks)
    test(`grant and explain name an admission webhook: ${name}`, () =>
      withWebhook(name, message, () => denies(`admission webhook ${name}${policy}`)));
});

/** Checks that grant and explain name the policy or webhook `title`, which denies nodes/proxy. */
async function denies(title: string): Promise<void> {
  await untilDenied(true);
  const denied = await world.tool(['grant']);
  assert.equal([denied.code, denied.stdout], [1, ''], textOf(denied));
  assert.match(
    denied.stderr,
    `\n${title} denied this ClusterRole, not RBAC: you lack no permission\n`,
    textOf(denied),
  );
  assert.match(denied.stderr, '\nhint: a role without nodes/proxy may pass, such as profile ');
  const explained = await world.tool(['explain', denied.stderr]);
  assert.is(explained.code, 0, textOf(explained));
  // explain reads a message only up to the first blank line, so it does not see the policies that Kyverno lists after one.
  const named = title.replace(/ \(policy .*/, '');
  assert.match(explained.stdout.replaceAll(/\s+/g, ' '), named);
}

/** Waits until admission denies or allows nodes/proxy: the API server applies changes of policies and webhooks with a delay. */
async function untilDenied(wanted: boolean): Promise<void> {
  await waitFor(`admission that ${wanted ? 'denies' : 'allows'} nodes/proxy`, 30_000, async () => {
    const metadata = { name: 'admission-probe' };
    const proxy = rule('nodes/proxy');
    const object = { kind: 'ClusterRole', metadata, rules: [proxy] };
    const path = `${rbac}/clusterroles?dryRun=All`;
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    return (await world.api('POST', path, { apiVersion, ...object })).status >= 400 === wanted;
  });
}

async function withPolicy({ name, reason, expression }: Policy, use: () => Promise<void>) {
  const validation = {
    expression,
    message: 'nodes/proxy is not allowed',
    ...(reason && { reason }),
  };
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: rules },
    validations: [validation],
  };
  await withObjects(
    [
      ['ValidatingAdmissionPolicy', 'validatingadmissionpolicies', { metadata: { name }, spec }],
      [
        'ValidatingAdmissionPolicyBinding',
        'validatingadmissionpolicybindings',
        { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } },
      ],
    ],
    use,
  );
}

/** Runs `use` while an admission webhook denies every role. */
async function withWebhook(name: string, message: string | undefined, use: () => Promise<void>) {
  const authority = await createAuthority('webhook-ca');
  const serving = await authority.issue({ commonName: 'w', usage: 'server', ips: [bridgeAddress] });
  const server = createServer(serving, (incoming, response) => {
    void json(incoming).then((review) => {
      const { request } = review as { request: { uid: string } };
      const status = message === undefined ? {} : { status: { message } };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: request.uid, allowed: false, ...status },
        }),
      );
    });
  });
  const { port, stop } = await listen(server, bridgeAddress);
  const url = `https://${bridgeAddress}:${port}/`;
  const clientConfig = { url, caBundle: Buffer.from(authority.cert).toString('base64') };
  const webhook = { name, rules, clientConfig, sideEffects: 'None', failurePolicy: 'Ignore' };
  const object = {
    metadata: { name },
    webhooks: [{ ...webhook, admissionReviewVersions: ['v1'] }],
  };
  const kind = 'ValidatingWebhookConfiguration';
  try {
    await withObjects([[kind, `${kind.toLowerCase()}s`, object]], use);
  } finally {
    await stop();
  }
}

async function withObjects(
  objects: readonly (readonly [kind: string, resource: string, object: object])[],
  use: () => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  try {
    for (const [kind, resource, object] of objects) {
      const apiVersion = 'admissionregistration.k8s.io/v1';
      const path = `${admissionApi}/${resource}`;
      const { status, body } = await world.api('POST', path, { apiVersion, kind, ...object });
      assert.is(status, 201, JSON.stringify(body));
      const { metadata } = object as { metadata: { name: string } };
      paths.unshift(`${path}/${metadata.name}`);
    }
    await use();
  } finally {
    for (const path of paths) await world.api('DELETE', path);
    await untilDenied(false);
  }
}
