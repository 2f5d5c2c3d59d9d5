import { Option } from 'clipanion';
import { KubeletCommand } from '../../cli/kubelet-command.ts';
import { exitCodes, Failure, Interrupted, orFailure, UsageFailure } from '../../errors.ts';
import { type ApiServer, ApiServerFailure } from '../../kube/api-server/api-server.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { applyChange, type DryRun } from '../../kube/api-server/pair-objects.ts';
import { whoAmI } from '../../kube/api-server/who-am-i.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { type Kubelet, openDirectTo, openViaApiServer } from '../../kube/kubelet/kubelet.ts';
import { learnKubeletClient } from '../../kube/kubelet/learn-identity.ts';
import { paused } from '../../kube/pause.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { denialTtl } from '../../kubelet/authorization-cache.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import { nameFault, type PairNames } from '../../rbac/pair.ts';
import { type Profile, profileNames, rulesToAsk } from '../../rbac/profiles.ts';
import { appliesTo, formatSubject, sameSubject, user } from '../../rbac/subject.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { openProgress, renderWaiting } from '../../text/progress.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { orWhatWritingLacks, rehearse } from './server-dry-run.ts';
import { waitInForce, waitLimits } from './wait.ts';

const results = {
  create: 'created',
  update: 'configured',
  recreate: 'recreated',
  delete: 'deleted',
  none: 'unchanged',
} as const;
const suffixes: Readonly<Record<DryRun, string>> = {
  none: '',
  client: ' (dry run)',
  server: ' (server dry run)',
};
const formats = ['', 'name', 'yaml', 'json'];

/** How often a plan is made anew because somebody else wrote at the same time. */
const mostAttempts = 30;

/** Kubelets to wait for, and how each is asked. */
export interface KubeletsToWait {
  readonly nodes: readonly Node[];
  readonly open: (node: Node) => Kubelet;
}

/** What grant and revoke share: they write a pair, and tell it as kubectl does. */
export abstract class PairCommand extends KubeletCommand {
  profile = Option.String('--profile', 'apiserver', {
    description: `What the pair allows: ${profileNames.join(', ')} (default apiserver).`,
  });
  node = Option.Array('--node', [], {
    description: 'The right holds for this node alone; may be repeated.',
  });
  roleName = Option.String('--role-name', '', { description: 'Name of the cluster role.' });
  bindingName = Option.String('--binding-name', '', { description: 'Name of the binding.' });
  dryRunMode = Option.String('--dry-run', 'none', {
    tolerateBoolean: true,
    description: '--dry-run=client sends no write; --dry-run=server has it checked, but not kept.',
  });
  force = Option.Boolean('--force', false, {
    description: 'Write also to what somebody else, such as Helm or Argo CD, manages.',
  });
  wait = Option.String('--wait', {
    tolerateBoolean: true,
    description: 'Wait until every kubelet follows, for as long as --wait=2m says.',
  });
  output = Option.String('-o,--output', '', { description: 'name, yaml or json.' });

  /** Checks the options before anything is read. */
  protected dryRun(): DryRun {
    if (!formats.includes(this.output))
      throw new UsageFailure(`unknown output format "${this.output}"`, {
        hints: ['-o name, -o yaml or -o json'],
      });
    this.checkNames();
    // kubectl, too, takes a bare --dry-run as client.
    const mode = this.dryRunMode === true ? 'client' : String(this.dryRunMode);
    if (mode !== 'none' && mode !== 'client' && mode !== 'server')
      throw new UsageFailure(`--dry-run "${mode}" is none of none, client, server`);
    return mode;
  }

  /** An empty value is not the same as none: it would widen what was meant to be narrow. */
  private checkNames(): void {
    if (this.node.includes('')) throw new UsageFailure('--node "" is no node');
    for (const [flag, name] of [
      ['--role-name', this.roleName],
      ['--binding-name', this.bindingName],
    ] as const) {
      const isGiven = name !== '' || this.given.some(({ option }) => option.name === flag);
      const fault = isGiven ? nameFault(name) : undefined;
      if (fault !== undefined) throw new UsageFailure(`${flag} "${name}" is no name: ${fault}`);
    }
  }

  /** How long to wait, in ms; undefined if not at all. */
  protected waitMs(usual: string): number | undefined {
    if (this.wait === undefined || this.wait === false) return undefined;
    return this.duration('--wait', this.wait === true ? usual : this.wait);
  }

  /** What no kubelet can be asked about is refused before anything is written. */
  protected checkWaitable(profile: Profile): void {
    if (probesFor(rulesToAsk(profile), Number.POSITIVE_INFINITY).length === 0)
      throw new UsageFailure(
        `--wait cannot be used with --profile ${profile.name}: no harmless request shows whether kubelets follow it`,
      );
  }

  /** By the path that the right is for: as kube-apiserver, or straight from here for the caller's own. */
  protected async kubeletsToWait(
    apiServer: ApiServer,
    connection: ApiConnection,
    subject: RbacSubject | 'kube-apiserver',
  ): Promise<KubeletsToWait> {
    const all = await listNodes(apiServer);
    const names = new Set(all.map(({ metadata }) => metadata?.name));
    const absent = this.node.filter((name) => !names.has(name));
    if (absent.length > 0)
      throw new Failure(`there is no node ${absent.join(', ')} to wait for`, {
        hints: ['kubectl get nodes'],
      });
    if (all.length === 0)
      throw new Failure('there is nothing to wait for: the cluster has no node');
    const open =
      subject === 'kube-apiserver'
        ? ({ metadata }: Node) => openViaApiServer(metadata?.name ?? '', apiServer, waitLimits)
        : await this.openAs(subject, all, apiServer, connection);
    return { nodes: this.ofNode(all), open };
  }

  /** The nodes of --node, or all. */
  protected ofNode(nodes: readonly Node[]): readonly Node[] {
    if (this.node.length === 0) return nodes;
    return nodes.filter(({ metadata }) => this.node.includes(metadata?.name ?? ''));
  }

  private async openAs(
    subject: RbacSubject,
    nodes: readonly Node[],
    apiServer: ApiServer,
    connection: ApiConnection,
  ): Promise<KubeletsToWait['open']> {
    if (!appliesTo(subject, await whoAmI(apiServer))) {
      const client = await orFailure(learnKubeletClient(apiServer, nodes));
      if ('known' in client && client.known && sameSubject(user(client.userName), subject))
        return ({ metadata }) => openViaApiServer(metadata?.name ?? '', apiServer, waitLimits);
      throw new UsageFailure(
        `--wait asks kubelets as you or as kube-apiserver: for ${formatSubject(subject)} they cannot be asked`,
        {
          details: client instanceof Failure ? [client.message, ...client.details] : [],
          hints: [`kubelets that have just refused somebody go on doing so for up to ${denialTtl}`],
        },
      );
    }
    const access = await this.kubeletAccess(connection);
    const [types, port] = [this.addressTypes(), this.port()];
    return (node) => openDirectTo(node, types, port, access, this.context.signal, waitLimits);
  }

  /** Asks every kubelet until it follows; tells of those that do not in time. Returns the exit code. */
  protected async waitForKubelets(
    { nodes, open }: KubeletsToWait,
    profile: Profile,
    want: 'allowed' | 'refused',
    timeoutMs: number,
  ): Promise<number> {
    const rules = rulesToAsk(profile);
    const { signal, stderr, stdout } = this.context;
    const progress = openProgress(stderr, 'waiting for kubelets');
    try {
      const outcomes = await waitInForce({
        nodes,
        requests: ({ status }) => probesFor(rules, minorOf(status?.nodeInfo?.kubeletVersion)),
        want,
        timeoutMs,
        parallel: 32,
        open,
        signal,
        progress: progress.update,
      });
      progress.end();
      // With -o, standard output is for objects.
      (this.output === '' ? stdout : stderr).write(renderWaiting(outcomes));
      const late = outcomes.filter(({ inForce }) => !inForce).length;
      if (late === 0) return exitCodes.ok;
      return late === outcomes.length ? exitCodes.error : exitCodes.someFailed;
    } finally {
      progress.end();
    }
  }

  /** With the names that the user gave, if any. */
  protected named({ role, binding }: PairNames): PairNames {
    return { role: this.roleName || role, binding: this.bindingName || binding };
  }

  /** What a plan is made from, or why it may not be read; and `unseen`, the writes that no reading led to, what those lack. */
  protected read<T>(
    apiServer: ApiServer,
    reading: Promise<T>,
    unseen: readonly Change[],
    dryRun: DryRun,
  ): Promise<T> {
    return orWhatWritingLacks(apiServer, reading, dryRun === 'client' ? [] : unseen);
  }

  /**
   * Plans, has the API server check it, says what is about to change, and changes it. What somebody else changed meanwhile
   * is read and planned anew, so that of many at once none undoes another's. Returns all that was changed.
   */
  protected async carryOut(
    apiServer: ApiServer,
    dryRun: DryRun,
    heading: (changes: readonly Change[]) => string | Promise<string>,
    plan: () => Promise<readonly Change[]>,
    holds: (changes: readonly Change[]) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<readonly Change[]> {
    const { signal } = this.context;
    const done: Change[] = [];
    const told = new Set<string>();
    for (let attempt = 1; ; attempt += 1) {
      let changes: readonly Change[] = [];
      let writing: Change | undefined;
      try {
        changes = await plan();
        this.announce(await heading(changes), changes, told);
        if (dryRun !== 'client') await rehearse(apiServer, changes);
        for (const change of changes) {
          if (signal.aborted) throw new Interrupted();
          writing = change.action === 'none' || dryRun !== 'none' ? undefined : change;
          const made = await this.apply(apiServer, change, dryRun, done);
          writing = undefined;
          if (change.action !== 'none') done.push(made);
        }
        if (dryRun !== 'none' || (await holds(changes))) {
          // What an earlier attempt deleted is no longer planned.
          const before = done.filter((each) => !changes.some((change) => sameObject(each, change)));
          this.print([
            ...before,
            ...changes.map((change) => done.find((each) => sameObject(each, change)) ?? change),
          ]);
          return done;
        }
        if (attempt >= mostAttempts)
          throw new Failure('somebody else goes on deleting what this needs');
      } catch (error) {
        if (error instanceof Interrupted) this.tellInterrupted(dryRun, done, writing);
        const isMeanwhile = isConflict(error) || isGone(error, changes);
        if (!isMeanwhile || attempt >= mostAttempts)
          throw dryRun === 'none' ? halfDone(error, done) : error;
      }
      // By chance, so that those who collided do not do so again.
      const ms = Math.random() * Math.min(1000, 50 * 2 ** attempt);
      if (!(await paused(ms, signal))) {
        this.tellInterrupted(dryRun, done, undefined);
        throw new Interrupted();
      }
    }
  }

  /** What Ctrl-C left behind, if anything. */
  private tellInterrupted(dryRun: DryRun, done: readonly Change[], writing?: Change): void {
    if (dryRun !== 'none' || (done.length === 0 && !writing)) return;
    const lines = [
      'interrupted',
      ...(done.length > 0 ? [doneLine(done)] : []),
      ...(writing ? [`whether this was done as well is not known: ${resultOf(writing)}`] : []),
      `hint: ${goOnHint}`,
    ];
    this.context.stderr.write(lines.map((line) => `${escapeControlLine(line)}\n`).join(''));
  }

  /** Returns the change with the object that came of it. */
  private async apply(
    apiServer: ApiServer,
    change: Change,
    dryRun: DryRun,
    done: readonly Change[],
  ): Promise<Change> {
    const written = dryRun === 'none' ? await this.send(apiServer, change) : undefined;
    const made = written ? ({ ...change, object: written } as Change) : change;
    const before = done.some((each) => sameObject(each, change));
    // What was done in an earlier attempt has been told.
    if (before && change.action === 'none') return made;
    const result = escapeControlLine(resultOf(change) + suffixes[dryRun]);
    if (this.output === '') this.context.stdout.write(`${result}\n`);
    if (this.output === 'name') this.context.stdout.write(`${escapeControlLine(title(change))}\n`);
    return made;
  }

  /** Makes one change for good. Whoever has to look again before, throws a conflict if it is not to be made. */
  protected send(apiServer: ApiServer, change: Change): ReturnType<typeof applyChange> {
    return applyChange(apiServer, change, 'none');
  }

  /** Says what is about to change, in RBAC words; with -o, the objects themselves say it. */
  private announce(heading: string, changes: readonly Change[], told: Set<string>): void {
    const differences = changes.flatMap((change) => change.differences);
    const notes = changes.flatMap(({ notes = [] }) => notes.map((note) => `note: ${note}`));
    const isNew = (line: string) => !told.has(line);
    const isAgain = told.size > 0;
    const lines = [
      // What was told once need not be told for being tried again; but what others made of it in between.
      ...(this.output === '' && differences.some(isNew)
        ? [
            ...(isAgain ? ['somebody else wrote meanwhile, so that it is now:'] : []),
            ...(heading === '' ? [] : [heading]),
            ...differences.map((difference) => `  ${difference}`),
          ]
        : []),
      ...notes.filter(isNew),
    ];
    for (const line of [...differences, ...notes]) told.add(line);
    this.context.stderr.write(lines.map((line) => `${escapeControlLine(line)}\n`).join(''));
  }

  private print(changes: readonly Change[]): void {
    const objects = changes.flatMap(printed);
    if (this.output === 'yaml') this.context.stdout.write(renderYaml(objects));
    if (this.output === 'json') this.context.stdout.write(renderJson(objects));
  }
}

/** As kubectl prints objects: typed, and without the record of who wrote which field. */
function printed({ object, kind }: Change): readonly object[] {
  if (!object) return [];
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind, ...object, metadata }];
}

function sameObject(a: Change, b: Change): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiServerFailure && error.status === 409;
}

/** Somebody else deleted what was to be changed, deleted, or given as it is. */
function isGone(error: unknown, changes: readonly Change[]): boolean {
  return (
    error instanceof ApiServerFailure &&
    error.status === 404 &&
    changes.some(
      ({ action, name }) => action !== 'create' && error.words.endsWith(`"${name}" not found`),
    )
  );
}

function title(change: Change): string {
  return `${change.kind.toLowerCase()}.rbac.authorization.k8s.io/${change.name}`;
}

function resultOf(change: Change): string {
  return `${title(change)} ${results[change.action]}`;
}

function doneLine(done: readonly Change[]): string {
  return `done before that: ${done.map(resultOf).join(', ')}`;
}

const goOnHint = 'run the same command again: it goes on from there';

function halfDone(error: unknown, done: readonly Change[]): unknown {
  if (!(error instanceof Failure) || done.length === 0) return error;
  return new Failure(error.message, {
    prefix: error.prefix,
    cause: error,
    details: [...error.details, doneLine(done)],
    hints: [...error.hints, goOnHint],
  });
}
