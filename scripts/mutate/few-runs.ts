import fc from 'fast-check';

/** A property runs again for each mutant that it reaches: what a break does shows in the first few cases, or in a plain test. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 15 });
