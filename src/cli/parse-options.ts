import { UsageFailure } from '../errors.ts';
import { type HostPort, parseHostPort } from '../kubelet/address.ts';
import { minorOf } from '../kubelet/authorization.ts';
import type { RbacSubject } from '../objects.ts';
import { type ProfileName, profileNames } from '../rbac/profiles.ts';
import { parseSubject } from '../rbac/subject.ts';
import { command, options } from '../text/command.ts';
import { parseTime } from '../text/duration.ts';
import { joinWords } from '../text/list.ts';
import { didYouMean, nearest, nearestNames } from '../text/nearest.ts';

/** Returns the allowed value, or throws `invalid --x value "y": must be "a", "b" or "c"`. */
export function parseOneOf<Value extends string>(
  flag: string,
  text: string,
  allowed: readonly Value[],
  hints: readonly string[] = [],
): Value {
  const value = allowed.find((each) => each === text);
  if (value !== undefined) return value;
  const quoted = allowed.filter((each) => each !== '').map((each) => `"${each}"`);
  throw new UsageFailure(`invalid ${flag} value "${text}": must be ${joinWords(quoted, 'or')}`, {
    hints: [...didYouMean(nearestNames(text, allowed, 1)), ...hints],
  });
}

/** Parses a version such as `1.38` or `v1.38.2`. Returns its minor version. */
export function parseMinor(flag: string, text: string): number {
  const minor = minorOf(text);
  if (Number.isFinite(minor)) return minor;
  throw new UsageFailure(`invalid ${flag} value "${text}": must be a version such as 1.38`);
}

export function parseDurationOption(flag: string, text: string): number {
  checkUnit(flag, text);
  const ms = parseTime(text);
  if (ms === undefined || ms < 0)
    throw new UsageFailure(
      `invalid ${flag} value "${text}": must be a duration such as 30s, 1h30m or 14d`,
    );
  return ms;
}

/** Throws for a number without a unit, except 0. */
export function checkUnit(flag: string, text: string): void {
  if (!/^[\d.]+$/.test(text) || Number(text) === 0) return;
  const units = ['s', 'm', 'h', 'd'].map((unit) => text + unit).join(', ');
  throw new UsageFailure(`invalid ${flag} value "${text}": add a unit (${units})`);
}

/** Returns ms. */
export function parsePositiveDuration(flag: string, text: string): number {
  const ms = parseDurationOption(flag, text);
  if (ms === 0) throw new UsageFailure(`${flag} must be greater than 0`);
  return ms;
}

/** Returns ms: `usual` for a flag such as `--watch`, 30 s for `--watch=30s`; undefined without the option. */
export function parseEvery(
  flag: string,
  value: string | boolean,
  usual: string,
): number | undefined {
  if (value === false || value === 'false') return undefined;
  return parsePositiveDuration(flag, typeof value === 'string' && value !== 'true' ? value : usual);
}

/** Throws if a space and a time follow `-w`, because the time would be taken as a name. */
export function rejectTimes(flag: string, value: string | boolean, words: readonly string[]): void {
  const time = words.find((word) => /^\d+(?:ms|s|m|h|d)?$/.test(word));
  if (value !== true || time === undefined) return;
  throw new UsageFailure(`${flag} takes a time after =, not a space`, {
    hints: [`${flag}=${/^\d+$/.test(time) ? `${time}s` : time}`],
  });
}

export function splitLists(lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => list.split(','));
}

export function parseCount(
  flag: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  const bound = count > most ? `at most ${most}` : `at least ${least}`;
  throw new UsageFailure(`invalid ${flag} value "${text}": must be a whole number of ${bound}`);
}

export function parseProfileName(text: string): ProfileName {
  const names = profileNames.map((each) => `"${each}"`);
  if (text.includes(','))
    throw new UsageFailure(`invalid --profile value "${text}": must be ${joinWords(names, 'or')}`, {
      hints: ['one profile at a time: run the command once for each'],
    });
  return parseOneOf('--profile', text, profileNames);
}

/**
 * Parses a subject. `NAMESPACE/NAME` is a service account; a user whose name has this form is given as user:NAME.
 * @param others other forms that the option accepts, for the error message
 */
export function parseSubjectOption(
  given: string,
  flag = '--subject',
  others: readonly string[] = [],
): RbacSubject {
  const text = given.replace(
    /^(?:serviceaccount:)?([a-z0-9-]+)\/([a-z0-9.-]+)$/,
    'serviceaccount:$1:$2',
  );
  const parts = text.split(',');
  // The distinguished name of an LDAP user has commas, too.
  if (parts.length > 1 && !text.includes('=')) throw severalSubjects(flag, given, parts);
  const subject = parseSubject(text);
  // Without a kind, the name could be a user or a service account.
  const hasKind = /^(?:user|group|serviceaccount):/.test(text);
  if (subject && (hasKind || subject.kind === 'ServiceAccount')) return subject;
  const forms = [...others, 'user:NAME', 'group:NAME', 'serviceaccount:NAMESPACE:NAME'];
  throw new UsageFailure(`invalid ${flag} value "${text}": must be ${joinWords(forms, 'or')}`, {
    hints: subjectHints(text, flag),
  });
}

function severalSubjects(flag: string, given: string, parts: readonly string[]): UsageFailure {
  const [, kind = 'user:'] = /^(\w+:)/.exec(given) ?? [];
  const each = parts.map((part) => {
    const account = /^([^:/]+)\/(.+)$/.exec(part);
    if (account) return `serviceaccount:${account[1]}:${account[2]}`;
    return part.includes(':') ? part : kind + part;
  });
  const forms = each.map((one) => command`${options([flag, one])}`).join(', ');
  return new UsageFailure(`invalid ${flag} value "${given}": must be one subject`, {
    hints: [`run the command once for each: ${forms}`],
  });
}

/** Prefixes that users type instead of a kind. Any other prefix is part of the name. */
const kindWords: Readonly<Record<string, RegExp>> = {
  serviceaccount: /^(?:sa|svc.*|system:serviceaccount|service[-_. ]?acc.*)$/i,
  group: /^(?:g|grp|groups?)$/i,
  user: /^(?:u|usr|users?)$/i,
};

function subjectHints(text: string, flag: string): readonly string[] {
  if (!text.includes(':')) return nameHints(text, flag);
  const [, word = '', name = ''] = /^(system:serviceaccount|[^:]*):(.*)$/s.exec(text) ?? [];
  const kinds = Object.keys(kindWords);
  const kind =
    kinds.find((each) => kindWords[each]?.test(word)) ?? nearest(word.toLowerCase(), kinds);
  if (name === '' || kind === word) return [];
  const meant = kind === undefined ? [`user:${text}`, `group:${text}`] : [`${kind}:${name}`];
  const spelled = meant.filter(parseSubject).map((each) => command`${options([flag, each])}`);
  return spelled.length === 0 ? [] : [`did you mean: ${spelled.join(' or ')}`];
}

function nameHints(name: string, flag: string): readonly string[] {
  if (name === '') return [];
  return [
    command`a user: ${options([flag, `user:${name}`])}`,
    parseSubject(`serviceaccount:default:${name}`) === undefined
      ? []
      : command`a service account, and its namespace: kubectl get serviceaccounts -A --field-selector metadata.name=${name}`,
  ].flat();
}

/** @param port used for a value without a port */
export function parseAddress(text: string, port: number | undefined): HostPort {
  const target = parseHostPort(text, port);
  // The value is not printed, because it may be a URL with a password.
  if (!target) throw new UsageFailure('invalid --kubelet-address value: must be HOST or HOST:PORT');
  return target;
}
