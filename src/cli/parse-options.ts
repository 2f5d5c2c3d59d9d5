import { UsageFailure } from '../errors.ts';
import type { RbacSubject } from '../objects.ts';
import { type ProfileName, profileNames } from '../rbac/profiles.ts';
import { parseSubject } from '../rbac/subject.ts';
import { parseDuration } from '../text/duration.ts';

/** `invalid --x value "y": must be "a", "b" or "c"`. */
export function parseOneOf<Value extends string>(
  flag: string,
  text: string,
  allowed: readonly Value[],
): Value {
  const value = allowed.find((each) => each === text);
  if (value !== undefined) return value;
  const quoted = allowed.filter((each) => each !== '').map((each) => `"${each}"`);
  const last = quoted.pop() ?? '';
  const list = quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
  throw new UsageFailure(`invalid ${flag} value "${text}": must be ${list}`);
}

/** What `-o` names; an empty name stands for no `-o`. */
export function parseOutput<Output>(
  format: string,
  outputs: Readonly<Record<string, Output>>,
): Output {
  return outputs[parseOneOf('--output', format, Object.keys(outputs))] as Output;
}

/** In ms. */
export function parseDurationOption(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0)
    throw new UsageFailure(
      `invalid ${flag} value "${text}": must be a duration such as 30s, 5m or 1h30m`,
    );
  return ms;
}

/** The same, where no time at all makes no sense. */
export function parsePositiveDuration(flag: string, text: string): number {
  const ms = parseDurationOption(flag, text);
  if (ms === 0) throw new UsageFailure(`${flag} must be greater than 0`);
  return ms;
}

export function parseCount(flag: string, text: string, least: number): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isInteger(count) || count < least)
    throw new UsageFailure(
      `invalid ${flag} value "${text}": must be a whole number of at least ${least}`,
    );
  return count;
}

export function parseProfileName(text: string): ProfileName {
  return parseOneOf('--profile', text, profileNames);
}

export function parseSubjectOption(text: string): RbacSubject {
  const subject = parseSubject(text);
  if (subject) return subject;
  throw new UsageFailure(
    `invalid --subject value "${text}": must be user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME`,
  );
}
