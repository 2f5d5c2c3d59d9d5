import * as assert from 'uvu/assert';
import { agents } from '../../../src/kubelet/agents/agents.ts';
import { recognizeAgent, type SeenCaller } from '../../../src/kubelet/agents/recognize-agent.ts';
import { agentsWithLogs } from '../../../src/kubelet/agents/with-logs.ts';
import { endpointList } from '../../../src/kubelet/endpoints.ts';
import { suite } from '../../kit/suite.ts';

/** Names that many programs use, and that therefore do not identify an agent. */
const ambiguous =
  /^(?:\*-)?(?:agent|collector|daemon|default|fluent-bit-role|gadget|manager|manager-role|metrics|metrics-agent|monitoring|node|node-agent|node-analyzer|operator|prometheus|prometheus-agent|prometheus-server|reader|sensor|server|tap|vector|web)(?:-\*)?$/;

/** Each name, label or image that identifies an agent, and a caller that has nothing else. */
const identifiers = agents.flatMap(({ name, identifiers: all }) => {
  const one = (identifier: string, caller: SeenCaller) => ({ name, identifier, caller });
  return [
    ...all.images.map((image) => one(`image ${image}`, { images: [`mirror.example/${image}:v1`] })),
    ...all.serviceAccounts.map((identifier) =>
      one(`account ${identifier}`, { serviceAccount: account(identifier) }),
    ),
    ...all.roles.map((identifier) => one(`role ${identifier}`, { role: filled(identifier) })),
    ...Object.entries(all.labels).map(([key, value]) =>
      one(`label ${key}=${value}`, { labels: { other: 'x', [key]: value } }),
    ),
    ...all.userAgents.map((identifier) =>
      one(`user agent ${identifier}`, { userAgent: `${identifier}1.2 (linux)` }),
    ),
    ...(all.commands ?? []).map((identifier) =>
      one(`command ${identifier}`, { args: [`/usr/bin/${identifier}`, '-v'] }),
    ),
    ...(all.ownVariables ?? []).map((identifier) =>
      one(`variable ${identifier}`, { variables: ['PATH', identifier] }),
    ),
  ];
});

function account(identifier: string) {
  const [namespace = '', name] = identifier.split('/');
  return name === undefined ? { namespace: 'ns', name: filled(identifier) } : { namespace, name };
}

function filled(identifier: string): string {
  return identifier.replace(/^\*-/, 'my-release-').replace(/-\*$/, '-ns');
}

suite('agents', (test) => {
  test('each agent has a unique name', () => {
    assert.is(new Set(agents.map(({ name }) => name)).size, agents.length);
  });

  for (const { name, repository, calls, grants, narrowing, setting, evidence } of agents)
    test(`${name} has complete and consistent fields`, () => {
      assert.match(repository, /^[\w.-]+\/[\w.-]+$/);
      assert.match(evidence, /@[0-9a-f]{7,}|#\d+|README/);
      assert.not.match(setting ?? '', /\n|\.$/);
      if (calls === undefined) assert.not.equal(narrowing, 'least already');
      if (calls?.length === 0)
        assert.ok(grants || ['none needed', 'unused'].includes(narrowing), narrowing);
      if (narrowing === 'none needed') assert.equal(calls, []);
      for (const grant of grants ?? []) assert.match(grant, /^(?:get|list|watch) nodes\/[a-z]+$/);
      for (const { path, method } of calls ?? []) {
        const endpoint = endpointList.find(
          (each) => each.path.replace(/\/(?:\{.*)?$/, '') === path.replace(/\/$/, ''),
        );
        assert.ok(endpoint, path);
        assert.ok(endpoint.methods === 'any' || endpoint.methods.includes(method), path);
      }
    });

  test('explain loads each agent that is recognized by log lines', () => {
    assert.equal(
      agents.filter(({ identifiers: { log } }) => log),
      agentsWithLogs,
    );
  });

  test('an agent that calls kubelets only through the API server needs less with direct calls or another setting', () => {
    for (const { name, calls, narrowing } of agents)
      if (calls?.length && calls.every(({ via, when }) => via === 'apiserver' && !when))
        assert.ok(
          ['calls through the API server', 'by value'].includes(narrowing),
          `${name}: ${narrowing}`,
        );
  });

  test('no two agents share an identifier, and no agent has an ambiguous identifier', () => {
    const all = identifiers.map(({ identifier }) => identifier);
    assert.equal([...new Set(all)].length, all.length);
    for (const { identifiers: each } of agents)
      for (const identifier of [...each.serviceAccounts, ...each.roles])
        assert.not.match(identifier, ambiguous);
  });

  for (const { name, identifier, caller } of identifiers)
    test(`${name} is recognized only by ${identifier}`, () => {
      assert.is(recognizeAgent(caller)?.agent.name, name);
    });
});
