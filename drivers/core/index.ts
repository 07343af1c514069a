export * from './driver.ts';
export * from './errors.ts';
export * from './model.ts';
export * from './observable.ts';
export * from './status.ts';
export * from './timing.ts';
export * from './transport.ts';
export * from './turnstile.ts';
