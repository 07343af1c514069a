/**
 * How a process with the face engine is started, to be small and to stay so: 245 MB after the first 100 frames of all kinds
 * and 249 after 1,200, where it was 287 and 325 without. Pictures lie outside of V8's heap, so that a small nursery costs
 * nothing; a frame is decoded at a time, so that one thread of libuv is enough; and each thread that allocates keeps, in
 * glibc, an arena of its own.
 */
export const faceLaunch = {
  execArgv: ['--max-semi-space-size=4'],
  env: { UV_THREADPOOL_SIZE: '1', MALLOC_ARENA_MAX: '2' },
} as const;
