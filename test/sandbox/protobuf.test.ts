import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { readProtobuf } from './protobuf.ts';

const read = (body: string) => readProtobuf(Buffer.from(body, 'base64'));
const apiVersion = 'rbac.authorization.k8s.io/v1';

/** The bodies are from kubectl 1.32.4. */
suite('readProtobuf', (test) => {
  test('reads a role with a rule for the core API group', () => {
    const body =
      'azhzAAorChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEgtDbHVzdGVyUm9sZRI8ChkKCXNvbWUtcm9sZRIAGgAiACoAMgA4AEIAEh8KA2dldBIAGgtub2Rlcy9zdGF0cxoJbm9kZXMvbG9nGgAiAA==';
    assert.equal(read(body), {
      ...{ apiVersion, kind: 'ClusterRole', metadata: { name: 'some-role' } },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes/stats', 'nodes/log'] }],
    });
  });

  test('reads a binding with several subjects', () => {
    const body =
      'azhzAAoyChxyYmFjLmF1dGhvcml6YXRpb24uazhzLmlvL3YxEhJDbHVzdGVyUm9sZUJpbmRpbmcSogEKHAoMc29tZS1iaW5kaW5nEgAaACIAKgAyADgAQgASKQoEVXNlchIZcmJhYy5hdXRob3JpemF0aW9uLms4cy5pbxoEamFuZSIAEiIKDlNlcnZpY2VBY2NvdW50EgAaBWFnZW50IgdkZWZhdWx0GjMKGXJiYWMuYXV0aG9yaXphdGlvbi5rOHMuaW8SC0NsdXN0ZXJSb2xlGglzb21lLXJvbGUaACIA';
    const apiGroup = 'rbac.authorization.k8s.io';
    assert.equal(read(body), {
      ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name: 'some-binding' } },
      subjects: [
        { kind: 'User', apiGroup, name: 'jane' },
        { kind: 'ServiceAccount', name: 'agent', namespace: 'default' },
      ],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'some-role' },
    });
  });

  test('reads an access review with a namespace and a name', () => {
    const body =
      'azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSQgoQCgASABoAIgAqADIAOABCABIkCiIKB2RlZmF1bHQSA2dldBoAIgAqBW5vZGVzMgA6BXN0YXRzGggIABIAGgAgABoAIgA=';
    const attributes = { namespace: 'default', verb: 'get', resource: 'nodes', name: 'stats' };
    assert.equal(read(body), {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' },
      spec: { resourceAttributes: attributes },
    });
  });

  test('reads a number in a token request', () => {
    const body =
      'azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIAGgAiACoAMgA4AEIAEgMgkBwaBAoAEgAaACIA';
    assert.equal(read(body), {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
      spec: { expirationSeconds: 3600 },
    });
  });

  test('throws for an unknown kind, and for a body without an envelope', () => {
    const body = Buffer.from('k8s\0\n\u000b\n\u0002v1\u0012\u0005Thing');
    assert.throws(() => readProtobuf(body), /cannot read Thing/);
    assert.throws(() => readProtobuf(Buffer.from('{}')), /no object of Kubernetes/);
  });
});
