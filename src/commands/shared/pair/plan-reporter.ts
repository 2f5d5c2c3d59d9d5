import type { Context } from '../../../context.ts';
import { type Change, type DryRun, isMade } from '../../../rbac/change.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { renderJson, renderYaml } from '../../../text/serialize.ts';

export const planFormats = ['', 'name', 'yaml', 'json'] as const;
export type PlanFormat = (typeof planFormats)[number];

export interface Plan {
  readonly changes: readonly Change[];
  /** Line before the differences, which are printed before they are made. */
  readonly heading?: string | undefined;
  readonly notes?: readonly string[];
}

export type PlanReporter = ReturnType<typeof openPlanReporter>;

export const results = {
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

/** Returns a printer of changes: it prints objects and results to stdout, and all other lines to stderr. */
export function openPlanReporter(
  { stdout, stderr }: Pick<Context, 'stdout' | 'stderr'>,
  { output, dryRun }: { readonly output: PlanFormat; readonly dryRun: DryRun },
) {
  const announced = new Set<string>();
  const note = (text: string) => void stderr.write(`${escapeControlLine(text)}\n`);
  return {
    note,
    /** Prints differences and notes that were not printed before. With -o, prints only notes. `isAgain` is true after a conflict. */
    announce: (
      { changes, heading = 'would change:', notes: before = [] }: Plan,
      isAgain = false,
    ) => {
      const differences = changes.flatMap((change) => change.differences);
      const notes = changes.flatMap((change) => change.notes ?? []).map((each) => `note: ${each}`);
      const isNew = (line: string) => !announced.has(line);
      const isShown = output === '' && differences.some(isNew);
      const lines = [
        ...before.filter(isNew),
        ...(isShown && isAgain ? [otherClientNote] : []),
        ...(isShown ? differenceLines(differences, changes.some(isMade) ? heading : '') : []),
        ...notes.filter(isNew),
      ];
      for (const line of [...lines, ...differences]) announced.add(line);
      for (const line of lines) note(line);
    },
    result: (change: Change) => {
      if (output === '')
        stdout.write(`${escapeControlLine(formatResult(change) + suffixes[dryRun])}\n`);
      if (output === 'name') stdout.write(`${escapeControlLine(formatName(change))}\n`);
    },
    objects: (changes: readonly Change[]) => {
      if (output === 'yaml') stdout.write(renderYaml(printedObjects(changes)));
      if (output === 'json') stdout.write(renderJson(printedObjects(changes)));
    },
    interrupted: (done: readonly Change[], pending?: Change) => {
      if (done.length === 0 && !pending) return;
      note('interrupted');
      if (done.length > 0) note(appliedLine(done));
      if (pending) note(`result unknown: ${formatResult(pending)}`);
      note(`hint: ${continueHint}`);
    },
  };
}

const otherClientNote = 'note: another client changed these objects; the changes are now:';

function differenceLines(differences: readonly string[], heading: string): readonly string[] {
  if (heading === '') return differences;
  return [heading, ...differences.map((difference) => `  ${difference}`)];
}

export const continueHint = 're-run the same command to continue';

export function appliedLine(done: readonly Change[]): string {
  return `already applied: ${done.map(formatResult).join(', ')}`;
}

function formatResult(change: Change): string {
  return `${formatName(change)} ${results[change.action]}`;
}

function formatName({ kind, name }: Change): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io/${name}`;
}

/** Returns objects as kubectl prints them: with apiVersion and kind, without managedFields. */
function printedObjects(changes: readonly Change[]): readonly object[] {
  return changes.flatMap(({ object, kind }) => {
    if (!object) return [];
    const { managedFields: _, ...metadata } = object.metadata;
    return [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind, ...object, metadata }];
  });
}
