/**
 * What a caller lacks, in RBAC words, and commands that grant it. Who may not write roles asks an administrator first, and no
 * profile helps (`write-remedy.ts`). Whom kubelets deny gets the least that they try, by a profile where one has it, and some
 * never (`kubelet/missing-permission.ts`, in words by `kubelet/remedy.ts`). kubectl's commands of all are `create-commands.ts`.
 */
export interface Remedy {
  readonly missing: readonly string[];
  readonly hints: readonly string[];
}

/** A remedy as the lines of a failure. */
export function remedyLines({ missing, hints }: Remedy) {
  return { details: missing.map((each) => `missing: ${each}`), hints };
}
