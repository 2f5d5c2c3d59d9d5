import { Option } from 'clipanion';
import { Failure, UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { applyChange, type DryRun } from '../kube/pair.ts';
import { orWhatWritingLacks, rehearse } from '../kube/rehearsal.ts';
import { renderJson, renderYaml } from '../output/objects.ts';
import type { Change } from '../rbac/plan.ts';
import { ConnectionCommand } from './connection-command.ts';

const results = {
  create: 'created',
  update: 'configured',
  delete: 'deleted',
  none: 'unchanged',
} as const;
const suffixes: Readonly<Record<DryRun, string>> = {
  none: '',
  client: ' (dry run)',
  server: ' (server dry run)',
};
const formats = ['', 'name', 'yaml', 'json'];

/** What grant and revoke share: they write a pair, and tell it as kubectl does. */
export abstract class PairCommand extends ConnectionCommand {
  dryRunMode = Option.String('--dry-run', 'none', {
    tolerateBoolean: true,
    description: '--dry-run=client sends no write; --dry-run=server has it checked, but not kept.',
  });
  output = Option.String('-o,--output', '', { description: 'name, yaml or json.' });

  /** Checks the options before anything is read. */
  protected dryRun(): DryRun {
    if (!formats.includes(this.output))
      throw new UsageFailure(`unknown output format "${this.output}"`, {
        hints: ['-o name, -o yaml or -o json'],
      });
    // kubectl, too, takes a bare --dry-run as client.
    const mode = this.dryRunMode === true ? 'client' : String(this.dryRunMode);
    if (mode !== 'none' && mode !== 'client' && mode !== 'server')
      throw new UsageFailure(`--dry-run "${mode}" is none of none, client, server`);
    return mode;
  }

  /** Says what is about to change, in RBAC words; with -o, the objects themselves say it. */
  protected announce(heading: string, changes: readonly Change[]): void {
    const differences = changes.flatMap((change) => change.differences);
    if (this.output !== '' || differences.length === 0) return;
    const lines = [heading, ...differences.map((difference) => `  ${difference}`)].filter(Boolean);
    this.context.stderr.write(`${lines.join('\n')}\n`);
  }

  /** Says what a change that was made does not do at once. */
  protected remind(note: string, changes: readonly Change[], dryRun: DryRun): void {
    if (dryRun === 'none' && changes.some(({ action }) => action !== 'none'))
      this.context.stderr.write(`${note}\n`);
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

  /** Has the changes checked first, then sends them in order and tells each as soon as it is done, so that a failure leaves nothing untold. */
  protected async apply(
    apiServer: ApiServer,
    changes: readonly Change[],
    dryRun: DryRun,
  ): Promise<void> {
    if (dryRun !== 'client') await rehearse(apiServer, changes);
    const done: string[] = [];
    for (const change of changes) {
      const result = `${title(change)} ${results[change.action]}${suffixes[dryRun]}`;
      try {
        if (dryRun === 'none') await applyChange(apiServer, change, dryRun);
      } catch (error) {
        throw done.length > 0 && error instanceof Failure ? halfDone(error, done) : error;
      }
      if (change.action !== 'none') done.push(result);
      if (this.output === '') this.context.stdout.write(`${result}\n`);
      if (this.output === 'name') this.context.stdout.write(`${title(change)}\n`);
    }
    const objects = changes.flatMap(({ object, kind }) =>
      object ? [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind, ...object }] : [],
    );
    if (this.output === 'yaml') this.context.stdout.write(renderYaml(objects));
    if (this.output === 'json') this.context.stdout.write(renderJson(objects));
  }
}

function title(change: Change): string {
  return `${change.kind.toLowerCase()}.rbac.authorization.k8s.io/${change.name}`;
}

function halfDone(error: Failure, done: readonly string[]): Failure {
  return new Failure(error.message, {
    prefix: error.prefix,
    cause: error,
    details: [...error.details, `done before that: ${done.join(', ')}`],
    hints: [...error.hints, 'run the same command again: it goes on from there'],
  });
}
