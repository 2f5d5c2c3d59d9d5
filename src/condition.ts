export interface Condition {
  changed(): Promise<void>;
  notify(): void;
}

export function newCondition(): Condition {
  let next: PromiseWithResolvers<void> | undefined;
  return {
    changed: () => {
      next ??= Promise.withResolvers();
      return next.promise;
    },
    notify: () => {
      next?.resolve();
      next = undefined;
    },
  };
}
