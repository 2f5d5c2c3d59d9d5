import {
  type FleetOptions,
  type FleetRequest,
  parseFleetOptions,
} from '../../cli/fleet-options.ts';
import type { OutputFormat } from '../../cli/output-template.ts';
import {
  parseAddress,
  parseEvery,
  parseProfileName,
  parseSubjectOption,
  rejectTimes,
} from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import type { HostPort } from '../../kubelet/address.ts';
import type { RbacSubject } from '../../objects.ts';
import { type Profile, profileOf } from '../../rbac/profiles.ts';
import type { ProbeSettings } from './gather/probe-node.ts';
import type { ReportFormat } from './render.ts';

interface StatusOptions extends FleetOptions {
  readonly address: string;
  readonly subject: string;
  readonly profile: string;
  readonly showAll: boolean;
  readonly streams: boolean;
  readonly watch: string | boolean;
  readonly untilOk: boolean;
}

export interface StatusRequest extends FleetRequest, ProbeSettings {
  /** The one kubelet to check, in place of those of the cluster. */
  readonly target: HostPort | undefined;
  readonly profile: Profile;
  /** Whom the pair is for, in place of the user that kube-apiserver is to kubelets. */
  readonly subject: RbacSubject | undefined;
  readonly format: OutputFormat<ReportFormat>;
  readonly showAll: boolean;
  /** Undefined without --watch. */
  readonly watch: { readonly intervalMs: number; readonly untilOk: boolean } | undefined;
}

export function parseStatusOptions(
  options: StatusOptions,
  path: Pick<ProbeSettings, 'types' | 'port'>,
  format: OutputFormat<ReportFormat>,
): StatusRequest {
  const { address, names, node, selector, role, subject, profile, showAll, streams } = options;
  const request = {
    ...parseFleetOptions(options),
    ...path,
    target: address === '' ? undefined : parseAddress(address, path.port),
    profile: profileOf(parseProfileName(profile)),
    subject: subject === '' ? undefined : parseSubjectOption(subject),
    format,
    showAll,
    streams,
    watch: parseWatch(options),
  };
  const isChosen =
    [names, node, selector, role, subject].some(({ length }) => length > 0) ||
    profile !== 'apiserver';
  if (request.target && isChosen)
    throw new UsageFailure(
      '--address cannot be used with nodes, --selector, --role, --subject or --profile',
    );
  if (!request.subject && !request.profile.runsCommands)
    throw new UsageFailure(`--profile ${profile} requires --subject`);
  return request;
}

function parseWatch({ watch, untilOk, names }: StatusOptions): StatusRequest['watch'] {
  rejectTimes('--watch', watch, names);
  const intervalMs = parseEvery('--watch', watch, '5s');
  if (intervalMs !== undefined) return { intervalMs, untilOk };
  if (untilOk) throw new UsageFailure('--until-ok requires --watch');
  return undefined;
}
