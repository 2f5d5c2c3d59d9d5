/** What the user agreed to. */
export interface GrantOptions {
  /** Leave the profile's rules, and of subjects only those of ours. */
  readonly prune: boolean;
  /** Give a role that holds more than the profile, or widen it for others as well. */
  readonly acceptWider: boolean;
  /** Delete a binding of another role and make it anew. */
  readonly recreate: boolean;
  /** … though it has other subjects, who move along. */
  readonly allSubjects: boolean;
  /** Write to what somebody else manages. */
  readonly force: boolean;
  /** Until when, in ISO 8601. */
  readonly expires: string | undefined;
  /** Make a grant that expires one that does not. */
  readonly permanent: boolean;
  /** In ms since 1970. */
  readonly now: number;
}
