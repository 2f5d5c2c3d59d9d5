import * as assert from 'uvu/assert';
import type { ClusterRole, RbacSubject } from '../../../../src/objects.ts';
import {
  binding,
  bindingIn,
  group,
  onRequest,
  put,
  role,
  roleBinding,
  rule,
  user,
} from '../../../kit/rbac.ts';
import type { Test } from '../../../kit/suite.ts';
import type { CommandLine } from '../../../kit/tool.ts';
import { allow, type Caller, type Tool, withSandbox } from '../../../kit/with-sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';
import type { StoredObject } from '../../../sandbox/store.ts';

/** A cluster, a run of grant or revoke, and the expected results. */
export interface Scenario extends Run {
  readonly title: string;
  readonly cluster?: SandboxOptions;
  readonly given?: readonly Given[];
  /** Further steps and runs, in this order, after the first run. */
  readonly afterwards?: readonly (Given | Run)[];
}

interface Run {
  readonly args: CommandLine;
  readonly as?: Caller;
  readonly expected: Expected;
}

export interface Expected {
  /** Exit code; 0 by default. */
  readonly code?: number;
  /** The whole output, or a pattern that it matches. */
  readonly stdout?: string | RegExp;
  /** Texts that the output contains, or patterns that it matches. */
  readonly stderr?: Pattern | readonly Pattern[];
  readonly stderrNot?: Pattern;
  /** `unchanged` if no object was written; `not read` if no request was sent. */
  readonly objects?: 'unchanged' | 'not read';
  readonly roles?: readonly string[];
  readonly bindings?: readonly string[];
  /** Subjects of bindings, by the name of the binding. */
  readonly subjects?: Readonly<Record<string, readonly RbacSubject[]>>;
}

type Pattern = string | RegExp;

/** Expects an error without any change of objects. */
export function fails(stderr: Expected['stderr'] & {}): Expected {
  return { code: 1, stdout: '', stderr, objects: 'unchanged' };
}

export type Given = (sandbox: Sandbox, tool: Tool) => unknown;

export const exists =
  (...objects: readonly StoredObject[]): Given =>
  (sandbox) =>
    put(sandbox, ...objects);

export const ran =
  (args: string): Given =>
  async (_, tool) =>
    assert.is((await tool(args)).code, 0, args);

export const mayDo =
  (userName: string, ...rules: Parameters<typeof allow>[2]): Given =>
  (sandbox) =>
    allow(sandbox, userName, rules);

export const deleted =
  (resource: 'clusterroles' | 'clusterrolebindings', name: string): Given =>
  ({ store }) =>
    store.delete(resource, name);

/** Returns a step that replaces labels, annotations and other metadata of an object. */
export const annotated =
  (resource: 'clusterroles' | 'clusterrolebindings', name: string, metadata: object): Given =>
  ({ store }) => {
    const object = store.get(resource, name);
    if (!object) throw new Error(`there is no ${name}`);
    store.put(resource, { ...object, metadata: { ...object.metadata, ...metadata } });
  };

export function aggregated(
  name: string,
  matchLabels: Record<string, string>,
): ClusterRole & StoredObject {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels }] };
  return { ...role(name, [rule('pods')]), aggregationRule };
}

/** An aggregated role, and who has it. */
export const view: readonly StoredObject[] = [
  aggregated('view', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
  binding('devs', 'view', [group('devs')]),
  roleBinding('ns', 'readers', { name: 'view' }, [user('jane')]),
];

/** Returns a step: another client acts before the API server serves the `nth` request whose line matches. */
export const meanwhile =
  (line: RegExp, act: (sandbox: Sandbox) => void, nth = 1): Given =>
  (sandbox) =>
    onRequest(sandbox, line, () => act(sandbox), nth);

export function play(test: Test, scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios)
    test(scenario.title, () =>
      withSandbox(scenario.cluster ?? {}, async (sandbox, tool) => {
        const { given = [], afterwards = [] } = scenario;
        for (const step of [...given, scenario, ...afterwards])
          if (typeof step === 'function') await step(sandbox, tool);
          else await check(step, sandbox, tool);
      }),
    );
}

async function check({ args, as, expected }: Run, sandbox: Sandbox, tool: Tool): Promise<void> {
  const before = { requests: sandbox.apiServer.requests.length, objects: rbacObjects(sandbox) };
  const result = await tool(args, as);
  const { code = 0, stdout, stderr = [], stderrNot, objects } = expected;
  const { roles, bindings, subjects = {} } = expected;
  const shown = `exit ${result.code}\nstdout: ${result.stdout}\nstderr: ${result.stderr}`;
  assert.is(result.code, code, shown);
  if (typeof stdout === 'string') assert.is(result.stdout, stdout, shown);
  if (stdout instanceof RegExp) assert.match(result.stdout, stdout, shown);
  for (const pattern of Array.isArray(stderr) ? stderr : [stderr])
    assert.match(result.stderr, pattern, shown);
  if (stderrNot !== undefined) assert.not.match(result.stderr, stderrNot, shown);
  if (objects === 'not read') assert.is(sandbox.apiServer.requests.length, before.requests);
  if (objects === 'unchanged') assert.equal(rbacObjects(sandbox), before.objects);
  if (roles) assert.equal(namesIn(sandbox, 'clusterroles'), roles, shown);
  if (bindings) assert.equal(namesIn(sandbox, 'clusterrolebindings'), bindings, shown);
  for (const [name, expectedSubjects] of Object.entries(subjects))
    assert.equal(bindingIn(sandbox, name)?.subjects, expectedSubjects);
}

function namesIn({ store }: Sandbox, resource: string): readonly string[] {
  return store.list(resource).map(({ metadata }) => metadata.name);
}

function rbacObjects({ store }: Sandbox): readonly StoredObject[] {
  return [...store.list('clusterroles'), ...store.list('clusterrolebindings')];
}
