import * as assert from 'uvu/assert';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../../../../src/objects.ts';
import { formatSubject, parseSubject } from '../../../../src/rbac/subject.ts';
import { rowsOf, wordsOf } from '../../../kit/line-table.ts';
import {
  binding,
  knownRole,
  onRequest,
  pairRule,
  put,
  role,
  roleBinding,
  rulesIn,
  serviceAccount,
} from '../../../kit/rbac.ts';
import type { Test } from '../../../kit/suite.ts';
import type { Result } from '../../../kit/tool.ts';
import { allow, type Caller, type Tool, withSandbox } from '../../../kit/with-sandbox.ts';
import type { Fault } from '../../../sandbox/faults.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';
import type { StoredObject } from '../../../sandbox/store.ts';

type Metadata = StoredObject['metadata'];

const ours = 'app.kubernetes.io/managed-by=kubectl-kubeletaccess';
const collections = ['clusterroles', 'clusterrolebindings'] as const;
/** Clusters in which others write while a command runs. */
const rivals = new WeakSet<Sandbox>();
/** Rules by a short name. */
const known: Readonly<Record<string, readonly PolicyRule[]>> = {
  '@stats': rulesIn('get nodes/stats; get,list nodes'),
  '@apiserver': [pairRule],
};

/**
 * Tests the transcripts of a table. Each begins with a line `# TITLE`, has a cluster of its own, and consists of steps:
 *
 * - `cluster NAME=VALUE …`: options of the sandbox, as the first step
 * - `role NAME MARK… = VERBS RESOURCES; …`, `binding NAME MARK… = ROLE: SUBJECT, …`: somebody writes an object. A mark is `own` for our
 *   label, `KEY=VALUE` for a label, or `@KEY=VALUE` for an annotation, with `~` for a blank
 * - `account NAMESPACE/NAME`: somebody creates a service account
 * - `aggregate NAME MARK…`: somebody writes a role that aggregates those with these labels
 * - `mark COLLECTION NAME MARK…`, `delete COLLECTION NAME`: somebody changes an object
 * - `allow USER = VERBS RESOURCES; …`: the only permissions of a user
 * - `meanwhile METHOD COLLECTION: STEP && …`: what others do before the API server serves this write
 * - `ran COMMAND`: succeeds; its output does not matter
 * - `asked REQUEST`: the first kubelet got it; `wait MS`
 * - `$ COMMAND`, `dev$ COMMAND`: its exit code unless 0, or 1 with an error, stdout and stderr follow, indented by two blanks. `…` stands
 *   for any text. A line that begins with a blank is beside the line before it, and so are results. The note on caches is left out.
 *   Objects change exactly if stdout says so, except with -o
 * - `objects`: all roles and bindings follow, as steps would write them
 */
export function play(test: Test, table: string): void {
  for (const text of table.trim().split(/\n+(?=# )/)) {
    const [title = '', ...lines] = text.split('\n');
    const [[first = '', none] = ['', ''], ...others] = rowsOf(lines.join('\n'));
    const options = first.startsWith('cluster ') ? optionsIn(first) : undefined;
    const steps = options ? others : [[first, none] as const, ...others];
    test(title.slice(2), () =>
      withSandbox(options ?? {}, async (sandbox, tool) => {
        for (const [step, output] of steps) await take(sandbox, tool, step, output);
      }),
    );
  }
}

function optionsIn(step: string): SandboxOptions {
  const { nodes, kubeletClient, minor, denied, allowed, inBetween } = Object.fromEntries(
    wordsOf(step).map((word) => word.split('=')),
  ) as Readonly<Record<string, string | undefined>>;
  return {
    ...(nodes !== undefined && { nodes: nodes.split(',').filter(Boolean) as Fault[] }),
    ...(kubeletClient !== undefined && { kubeletClient: kubeletClient.split(',') }),
    ...(minor !== undefined && { minor: Number(minor) }),
    ...(denied !== undefined && {
      cacheMs: { denied: Number(denied), allowed: Number(allowed) },
    }),
    ...(inBetween === 'authorizer' && { inBetween }),
  };
}

async function take(sandbox: Sandbox, tool: Tool, step: string, output: string): Promise<void> {
  const [, caller, line] = /^(dev)?\$ (.*)$/.exec(step) ?? [];
  if (line !== undefined)
    return await run(sandbox, () => tool(wordsOf(line), (caller ?? 'admin') as Caller), output);
  if (step.startsWith('ran ')) {
    const { code, stderr } = await tool(wordsOf(step.slice('ran '.length)));
    assert.is(code, 0, `${step}\n${stderr}`);
  } else if (step === 'objects') assert.is(objectsIn(sandbox), output);
  else if (step.startsWith('asked '))
    assert.ok(sandbox.kubelets[0]?.requests.includes(step.slice('asked '.length)));
  else if (step.startsWith('wait '))
    await new Promise((resolve) => setTimeout(resolve, Number(step.slice('wait '.length))));
  else change(sandbox, step);
}

async function run(
  sandbox: Sandbox,
  command: () => Promise<Result>,
  expected: string,
): Promise<void> {
  const before = versionsIn(sandbox);
  const { code, stdout, stderr } = await command();
  const usual = /^(?:error: |Error from server )/m.test(stderr) ? 1 : 0;
  const shown = `${code === usual ? '' : `exit ${code}\n`}${stdout}${stderr}`
    .replaceAll(/\b(clusterrole(?:binding)?)\.rbac\.authorization\.k8s\.io\//g, '$1/')
    .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replaceAll(/^note: kubelets cache .*\n/gm, '')
    .replaceAll(/^(cluster\S*\/.*)\n(?=cluster\S*\/)/gm, '$1, ')
    .replaceAll(/\n +/g, ' | ');
  if (!patternOf(expected).test(shown.trimEnd())) assert.is(shown.trimEnd(), expected);
  const isWritten = / (?:created|configured|deleted)$/m.test(stdout);
  const isUnclear = rivals.has(sandbox) || /^(?:apiVersion.*|cluster\S*)$/m.test(stdout);
  if (!isUnclear) assert.is(versionsIn(sandbox) !== before, isWritten, shown);
}

function patternOf(expected: string): RegExp {
  return new RegExp(`^${expected.split('…').map(RegExp.escape).join('[^]*?')}$`);
}

function change(sandbox: Sandbox, step: string): void {
  const { store } = sandbox;
  const [, head = '', tail = ''] =
    /^(.*?)(?: =(?: (.*))?)?$/s.exec(step.replaceAll('\\n', '\n')) ?? [];
  const [kind = '', name = '', ...marks] = head.split(' ');
  if (kind === 'role') return put(sandbox, role(name, allRules(tail), marked({ name }, marks)));
  if (kind === 'binding') {
    const [roleName = '', subjects = ''] = tail.trim().split(': ');
    return put(sandbox, binding(name, roleName, subjectsIn(subjects), marked({ name }, marks)));
  }
  if (kind === 'account') {
    const [namespace = '', own = ''] = name.split('/');
    return put(sandbox, serviceAccount(own, namespace));
  }
  if (kind === 'rolebinding') {
    const [namespace = '', own = ''] = name.split('/');
    const [of = '', roleName = ''] = tail.trim().split('/');
    return put(sandbox, roleBinding(namespace, own, { kind: of, name: roleName }, []));
  }
  if (kind === 'aggregate') {
    const { labels: matchLabels } = marked({ name: '' }, marks);
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels }] };
    const metadata = { name, ...(name === knownRole ? marked({ name }, ['own']) : {}) };
    return put(sandbox, { ...role(name, []), metadata, aggregationRule });
  }
  if (kind === 'allow') return allow(sandbox, name, allRules(tail));
  if (kind === 'delete') return void store.delete(name, marks[0] ?? '');
  if (kind === 'mark') {
    const [of = '', ...more] = marks;
    const object = store.get(name, of);
    if (!object) throw new Error(`there is no ${of}`);
    return void store.put(name, { ...object, metadata: marked(object.metadata, more) });
  }
  const [, method, collection, acts = ''] = /^meanwhile (\w+) (\w+): (.*)$/.exec(step) ?? [];
  if (method === undefined) throw new Error(`unknown step: ${step}`);
  rivals.add(sandbox);
  const line = new RegExp(`^${method} (?!.*dryRun).*/${collection}\\b`);
  onRequest(sandbox, line, () => {
    for (const each of acts.split(' && ')) change(sandbox, each);
  });
}

function marked(metadata: Metadata, marks: readonly string[]) {
  const labels = { ...metadata.labels };
  const annotations = { ...metadata.annotations };
  const managedFields: { manager: string }[] = [];
  const ownerReferences: object[] = [];
  for (const mark of marks) {
    const [key = '', ...value] = (mark === 'own' ? ours : mark).split('=');
    if (key === 'manager') managedFields.push({ manager: value[0] ?? '' });
    else if (key === 'owner') ownerReferences.push(ownerOf(value[0] ?? ''));
    else if (key.startsWith('@')) annotations[key.slice(1)] = value.join('=').replaceAll('~', ' ');
    else labels[key] = value.join('=');
  }
  return { ...metadata, labels, annotations, managedFields, ownerReferences };
}

function ownerOf(text: string): object {
  const [kind, name] = text.split('/');
  return { apiVersion: 'v1', kind, name, uid: '1' };
}

function allRules(text: string): readonly PolicyRule[] {
  return text.split('; ').flatMap((each) => known[each] ?? rulesIn(each));
}

function subjectsIn(text: string): readonly RbacSubject[] {
  return text.split(', ').flatMap((each) => parseSubject(each) ?? []);
}

function objectsIn({ store }: Sandbox): string {
  return collections.flatMap((collection) => store.list(collection).map(textOf)).join('\n');
}

function versionsIn({ store }: Sandbox): string {
  return collections
    .flatMap((each) =>
      store.list(each).map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`),
    )
    .join('\n');
}

function textOf(stored: StoredObject): string {
  const { kind, metadata, roleRef, subjects, rules } = stored as StoredObject &
    Partial<ClusterRole> &
    Partial<ClusterRoleBinding>;
  const { name, labels = {}, annotations = {} } = metadata as ClusterRole['metadata'];
  const marks = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`.replace(ours, 'own')),
    ...Object.entries(annotations).map(
      ([key, value]) => `@${key}=${value.replaceAll(/20\d\d-[^"]*Z/g, 'TIME')}`,
    ),
  ];
  const head = [kind.includes('Binding') ? 'binding' : 'role', name, ...marks].join(' ');
  if (roleRef)
    return `${head} = ${roleRef.name}: ${(subjects ?? []).map(formatSubject).join(', ')}`.trimEnd();
  const text = (rules ?? []).map(ruleText).join('; ');
  const [short = text] = Object.keys(known).filter(
    (key) => known[key]?.map(ruleText).join('; ') === text,
  );
  return `${head} = ${short}`;
}

function ruleText({ verbs, resources = [], apiGroups = [] }: PolicyRule): string {
  return [verbs.join(), resources?.join(), apiGroups?.join()].filter(Boolean).join(' ');
}
