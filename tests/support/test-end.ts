const acts: (() => unknown)[] = [];

/**
 * What is done when the test that runs now has ended and its own hooks have run, the last thing first. In place of a hook of the module
 * that opens something: a module is loaded once for many files, and its hooks would be those of the first file alone.
 */
export function atTestEnd(act: () => unknown): void {
  acts.push(act);
}

/** All of it, whatever fails; throws the first failure. */
export async function endTest(): Promise<void> {
  const failures: unknown[] = [];
  for (const act of acts.splice(0).reverse()) {
    try {
      await act();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}
