import type { Context } from '../../context.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { KubeletAccess } from '../../kube/kubelet/credentials.ts';
import { openProgress } from '../../text/progress.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { type AuditSettings, gatherAudit, usualReadOnlyPort } from './gather.ts';
import { renderAudit } from './render.ts';
import { type AuditReport, auditExitCode, auditReport } from './report.ts';
import type { Severity } from './rules.ts';
import { renderSarif } from './sarif.ts';

/** The options of an audit that take one of some words, as they were written; empty means not given. */
export interface AuditFlags {
  readonly output: string;
  readonly failOn: string;
}

export interface AuditOptions {
  readonly render: (report: AuditReport) => string;
  readonly failOn: Severity | undefined;
}

/** What an audit asks, and whom. */
export interface AuditSources {
  /** The API server's URL. */
  readonly server: string;
  readonly apiServer: ApiServer;
  /** Caller → kubelets; a Failure where there is no such path. */
  openCaller(): Promise<KubeletAccess | Failure>;
  /** Anybody → kubelets; throws a Failure if kubelets are to be verified and there is nothing to verify them with. */
  openAnonymous(verify: boolean): KubeletAccess;
}

const renderers: Readonly<Record<string, (report: AuditReport) => string>> = {
  table: renderAudit,
  json: (report) => renderJson([report]),
  yaml: (report) => renderYaml([report]),
  sarif: renderSarif,
};

export function parseAuditFlags({ output, failOn }: AuditFlags): AuditOptions {
  const render = Object.hasOwn(renderers, output) ? renderers[output] : undefined;
  if (!render)
    throw new UsageFailure(`unknown output format "${output}"`, {
      hints: ['-o table, -o json, -o yaml or -o sarif'],
    });
  if (failOn !== '' && failOn !== 'high' && failOn !== 'medium' && failOn !== 'low')
    throw new UsageFailure(`--fail-on "${failOn}" is not a severity`, {
      hints: ['--fail-on high, --fail-on medium or --fail-on low'],
    });
  return { render, failOn: failOn === '' ? undefined : failOn };
}

/** What makes sense for an audit alone is refused elsewhere. */
export function refuseAuditFlags({ output, failOn }: AuditFlags): void {
  const flag = output === 'sarif' ? '-o sarif' : failOn === '' ? undefined : '--fail-on';
  if (flag !== undefined)
    throw new UsageFailure(`${flag} is for an audit`, {
      hints: [`kubectl kubeletaccess status --audit ${flag}${failOn && ` ${failOn}`}`],
    });
}

/** Audits, prints, and tells by the exit code. Interrupted, it prints what is known by then. */
export async function runAudit(
  { render, failOn }: AuditOptions,
  sources: AuditSources,
  {
    warnDays,
    ...settings
  }: Omit<AuditSettings, 'readOnlyPort' | 'progress'> & { readonly warnDays: number },
  { stdout, stderr, signal }: Pick<Context, 'stdout' | 'stderr' | 'signal'>,
): Promise<number> {
  const access = {
    caller: await sources.openCaller(),
    anonymous: {
      verifying: orFailure(() => sources.openAnonymous(true)),
      trusting: sources.openAnonymous(false),
    },
  };
  const progress = openProgress(stderr, 'auditing kubelets', true);
  const asked = { ...settings, readOnlyPort: usualReadOnlyPort, progress: progress.update };
  const found = await gatherAudit(sources.apiServer, access, asked, signal).finally(progress.end);
  const report = auditReport({ server: sources.server, now: Date.now(), warnDays, ...found });
  stdout.write(render(report));
  return signal.aborted ? exitCodes.interrupted : auditExitCode(report, failOn);
}

function orFailure<T>(make: () => T): T | Failure {
  try {
    return make();
  } catch (error) {
    if (error instanceof Failure && !(error instanceof UsageFailure)) return error;
    throw error;
  }
}
